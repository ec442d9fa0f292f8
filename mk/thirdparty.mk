# SPDX-License-Identifier: Apache-2.0
# Third-party sources of the firmware (thirdparty/sources.txt), fetched once into $(CACHE). They are compiled with
# our flags but without our warnings. Anything that includes their headers depends on $(SRC_READY), order-only.
SRC := $(CACHE)/src
SRC_READY := $(SRC)/.ready

$(SRC_READY): thirdparty/sources.txt thirdparty/fetch
	$(Q)thirdparty/fetch $(CACHE)
	@touch $@

# Lets dependency files name sources that a cleaned cache has to bring back.
$(SRC)/%: $(SRC_READY) ;

.PHONY: thirdparty
## make thirdparty   fetch the pinned third-party sources into the cache
thirdparty: $(SRC_READY)

MBEDTLS := $(SRC)/mbedtls
MBEDTLS_CONFIG_DIR := device_fw/ports/mbedtls
MBEDTLS_CONFIG := $(wildcard $(MBEDTLS_CONFIG_DIR)/fw_*_config.h)
MBEDTLS_INCLUDES := -I$(MBEDTLS_CONFIG_DIR) -DMBEDTLS_CONFIG_FILE='"fw_mbedtls_config.h"' \
	-isystem $(MBEDTLS)/include -isystem $(MBEDTLS)/library -isystem $(MBEDTLS)/3rdparty/p256-m \
	-isystem $(MBEDTLS)/3rdparty/p256-m/p256-m -isystem $(MBEDTLS)/3rdparty/p256-m/p256-m/include
# Every file of library/ that the firmware's configuration could need; what it leaves out compiles to nothing.
MBEDTLS_FILES := $(addprefix library/, \
	aes asn1parse asn1write base64 bignum bignum_core bignum_mod bignum_mod_raw block_cipher ccm chacha20 chachapoly \
	cipher cipher_wrap constant_time ctr_drbg debug ecdh ecdsa ecp ecp_curves ecp_curves_new entropy entropy_poll error \
	gcm hkdf hmac_drbg md memory_buffer_alloc oid pem pk pk_ecc pk_wrap pkparse pkwrite platform platform_util poly1305 \
	psa_crypto psa_crypto_aead psa_crypto_cipher psa_crypto_client psa_crypto_driver_wrappers_no_static psa_crypto_ecp \
	psa_crypto_ffdh psa_crypto_hash psa_crypto_mac psa_crypto_pake psa_crypto_random psa_crypto_rsa psa_crypto_se \
	psa_crypto_slot_management psa_crypto_storage psa_util sha256 sha512 ssl_ciphersuites ssl_client \
	ssl_debug_helpers_generated ssl_msg ssl_ticket ssl_tls ssl_tls13_client ssl_tls13_generic ssl_tls13_keys \
	ssl_tls13_server threading timing version x509 x509_create x509_crl x509_crt x509_csr x509write x509write_crt \
	x509write_csr) 3rdparty/p256-m/p256-m_driver_entrypoints 3rdparty/p256-m/p256-m/p256-m

LWIP := $(SRC)/lwip/src
LWIP_FILES := $(addprefix core/,init def inet_chksum ip mem memp netif pbuf stats tcp tcp_in tcp_out timeouts udp dns) \
	$(addprefix core/ipv4/,acd dhcp etharp icmp ip4 ip4_addr ip4_frag) netif/ethernet

NANOPB := $(SRC)/nanopb
NANOPB_FILES := pb_common pb_encode pb_decode

# The device's TLS library for the host, with the configuration of the device.
HOSTMBED_OBJ := $(MBEDTLS_FILES:%=$(B)/hostmbed/obj/%.o)
$(HOSTMBED_OBJ): $(B)/hostmbed/obj/%.o: $(SRC_READY) $(MBEDTLS_CONFIG)
	@mkdir -p $(@D)
	$(call say,CC-HOST,mbedtls/$*.c)
	$(Q)$(CC) $(HOST_CFLAGS) -w -include string.h $(MBEDTLS_INCLUDES) -c $(MBEDTLS)/$*.c -o $@
$(B)/libhostmbed.a: $(HOSTMBED_OBJ)
