#!/bin/sh
# ike.sh NAME OWN OTHER: writes how strongSwan at OWN agrees on tunnels with OTHER.
set -eu
cat >"$1.strongswan" <<END
charon {
    load_modular = no
    load = random nonce openssl pem pkcs1 aes sha1 sha2 hmac kdf gmp kernel-netlink socket-default vici
    user = root
    group = root
    plugins {
        vici {
            socket = unix://$PWD/$1.vici
        }
    }
    filelog {
        stderr {
            default = 1
        }
    }
}
swanctl {
    load = random pem pkcs1 openssl
}
END
: >"$1.swanctl"
for kind in new:2:aes256-sha256-modp2048 old:1:aes128-sha1-modp1024; do
    name=${kind%%:*} rest=${kind#*:}
    cat >>"$1.swanctl" <<END
connections {
    $name {
        version = ${rest%%:*}
        local_addrs = $2
        remote_addrs = $3
        proposals = ${rest#*:}
        local {
            auth = psk
        }
        remote {
            auth = psk
        }
        children {
            $name {
                local_ts = 192.0.2.0/24
                remote_ts = 198.51.100.0/24
            }
        }
    }
}
END
done
cat >>"$1.swanctl" <<END
secrets {
    ike-lab {
        secret = Shared-Lab-Secret
    }
}
END
