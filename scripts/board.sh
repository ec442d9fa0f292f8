# SPDX-License-Identifier: Apache-2.0
# Sourced by scripts that run an emulated board: one folder per board, with its flash, console and logs.
# Needs BUILD (the build folder). Must never end a process that is not the board of the given folder.

board_make() { # DIR: a new board: erased flash with the microvisor in slot A
    mkdir -p "$1"
    [ -f "$1/flash.bin" ] || "$BUILD/bin/outrigger-image" flash --image "$BUILD/fw/microvisor.img" --out "$1/flash.bin"
}

board_start() { # DIR: boots it; its process id is in DIR/qemu.pid, its console in DIR/console.{sock,log}
    rm -f "$1/console.sock"
    touch "$1/console.log"
    said=$(wc -c <"$1/console.log")
    # A session of its own: closing the terminal must not be a power cut.
    setsid qemu-system-arm -M mps2-an505,memory-backend=nv \
        -object "memory-backend-file,id=nv,size=16M,mem-path=$1/flash.bin,share=on" \
        -display none -monitor none \
        -chardev "socket,id=console,path=$1/console.sock,server=on,wait=off,logfile=$1/console.log,logappend=on" \
        -serial chardev:console -serial "file:$1/app-uart.log" \
        -chardev pipe,id=entropy,path=/dev/urandom -serial chardev:entropy \
        -nic user,model=lan9118 -kernel "$BUILD/fw/boot0.elf" >"$1/qemu.log" 2>&1 </dev/null &
    echo $! >"$1/qemu.pid"
    # Its first words mean that it runs and that the console can be connected to.
    until [ "$(wc -c <"$1/console.log")" -gt "$said" ]; do
        kill -0 "$(cat "$1/qemu.pid")" 2>/dev/null || { cat "$1/qemu.log" >&2; return 1; }
        sleep 0.05
    done
}

board_provision() { # DIR NAME URL CREDENTIALS GATEWAY_PORT: gives it an identity; prints the device's SID
    "$BUILD/bin/outrigger" --url "$3" --credentials "$4" --json provision --serial "unix:$1/console.sock" \
        --gateway "10.0.2.2:$5" --name "$2" >"$1/provision.json" || return 1
    json_text sid <"$1/provision.json"
}

json_text() { # NAME: prints the first member of that name of the JSON on standard input, if it is a text
    tr -d '\n' | grep -o "\"$1\" *: *\"[^\"]*\"" | head -n 1 | sed 's/.*: *"\(.*\)"/\1/'
}

json_port() { # NAME: the port of an "address:port" member
    json_text "$1" | sed 's/.*://'
}

pid_is() { # PIDFILE WORD: is the process of that file alive, and is it what we started (its command line has WORD)?
    [ -s "$1" ] && tr '\0' ' ' 2>/dev/null <"/proc/$(cat "$1")/cmdline" | grep -qF -- "$2"
}

pid_end() { # PIDFILE WORD: asks that process to end and waits; ends it by force after 10 s
    pid_is "$1" "$2" || { rm -f "$1"; return 0; }
    kill "$(cat "$1")" 2>/dev/null || true
    waited=0
    while pid_is "$1" "$2"; do
        [ "$waited" -lt 100 ] || kill -9 "$(cat "$1")" 2>/dev/null || true
        sleep 0.1
        waited=$((waited + 1))
    done
    rm -f "$1"
}
