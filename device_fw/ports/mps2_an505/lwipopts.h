/* SPDX-License-Identifier: Apache-2.0 */
/* lwIP's configuration: one interface, one TCP connection, DHCP and DNS, all in one thread. */
#ifndef MPS2_AN505_LWIPOPTS_H
#define MPS2_AN505_LWIPOPTS_H

#define NO_SYS               1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_SOCKET          0
#define LWIP_NETCONN         0
#define LWIP_RAW             0
#define LWIP_IPV6            0
#define LWIP_STATS           0
#define MEM_ALIGNMENT        4

/* The receive FIFO of the controller holds 10,560 bytes: six full segments, not more, may be under way. */
#define TCP_MSS                 1460
#define TCP_WND                 (6 * TCP_MSS)
#define TCP_SND_BUF             (4 * TCP_MSS)
#define TCP_SND_QUEUELEN        16
#define TCP_QUEUE_OOSEQ         1
#define LWIP_TCP_KEEPALIVE      1
#define MEMP_NUM_TCP_SEG        20
#define MEMP_NUM_TCP_PCB        4 /* one in use, others in TIME_WAIT after a reconnect */
#define MEMP_NUM_TCP_PCB_LISTEN 1
#define MEMP_NUM_UDP_PCB        3 /* DHCP, DNS, one spare */
#define MEMP_NUM_PBUF           8

/* Window, one frame for the other protocols, one in the hands of the driver. */
#define PBUF_POOL_SIZE    8
#define PBUF_POOL_BUFSIZE 1536
#define ETH_PAD_SIZE      2
#define MEM_SIZE          (8 * 1024) /* copies of what was sent and not yet acknowledged */

#define LWIP_DHCP                1
#define LWIP_DHCP_DOES_ACD_CHECK 0
#define LWIP_ACD                 0
#define LWIP_DNS                 1
#define DNS_TABLE_SIZE           2
#define DNS_MAX_NAME_LENGTH      256
#define LWIP_ICMP                1
#define IP_REASSEMBLY            0
#define IP_FRAG                  0
#define LWIP_NETIF_HOSTNAME      1

#endif
