#!/usr/bin/env bash
# OpenSSH judges the provisioners that work on another machine: an sshd on loopback takes what `connection` blocks
# offer (keys of each kind, a certificate, an agent, a bastion), and refuses what it should.
#
#   tests/judges/ssh.sh CRATON
#
# Needs sshd, ssh-keygen, ssh-agent and ssh-add, and runs as whoever calls: no user is made, nothing outside the
# working folder is read or written.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
use_craton "$@"
prepare
SSHD=$(PATH=$PATH:/usr/sbin:/sbin command -v sshd) || skip "sshd is not on this machine"
for tool in ssh-keygen ssh-agent ssh-add; do have "$tool" || skip "$tool is not on this machine"; done
# As root, sshd gives up its rights in this folder, which its package makes.
[ "$(id -u)" -ne 0 ] || mkdir -p /run/sshd
unset SSH_AUTH_SOCK SSH_AGENT_PID

ROOT=$WORK/root
KEYS=$WORK/keys
mkdir -p "$ROOT/tree/below" "$KEYS"

# Keys of the machine and of those who log in: each kind is known to the server but `stranger`.
for kind in ed25519 rsa ecdsa; do
  ssh-keygen -q -t "$kind" -N '' -f "$KEYS/host_$kind"
  ssh-keygen -q -t "$kind" -N '' -f "$KEYS/$kind"
done
for name in authority signed stranger; do ssh-keygen -q -t ed25519 -N '' -f "$KEYS/$name"; done
ssh-keygen -q -t ed25519 -N 'a passphrase' -f "$KEYS/locked"
ssh-keygen -q -s "$KEYS/authority" -I judge -n "$(id -un)" -V +1d "$KEYS/signed.pub"
{
  cat "$KEYS/ed25519.pub" "$KEYS/rsa.pub" "$KEYS/ecdsa.pub" "$KEYS/locked.pub"
  echo "cert-authority $(cat "$KEYS/authority.pub")"
} >"$KEYS/authorized"

# sshd cannot listen on a port of the system's choice, so some are tried.
start_sshd() {
  local try
  for try in 1 2 3 4 5 6 7 8; do
    PORT=$((20000 + RANDOM % 30000))
    cat >"$WORK/sshd.conf" <<CONF
Port $PORT
ListenAddress 127.0.0.1
HostKey $KEYS/host_ed25519
HostKey $KEYS/host_rsa
HostKey $KEYS/host_ecdsa
AuthorizedKeysFile $KEYS/authorized
StrictModes no
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
PidFile none
LogLevel VERBOSE
CONF
    "$SSHD" -D -f "$WORK/sshd.conf" -E "$WORK/sshd.log" &
    local pid=$! tries=0
    while kill -0 "$pid" 2>/dev/null && [ "$tries" -lt 100 ]; do
      if grep -q "Server listening" "$WORK/sshd.log" 2>/dev/null; then
        PIDS+=("$pid")
        return 0
      fi
      tries=$((tries + 1))
      read -rt 0.1 <> <(:) || true
    done
    kill "$pid" 2>/dev/null || true
    rm -f "$WORK/sshd.log"
  done
  fail "sshd did not listen on any of $try ports"
}
start_sshd

printf 'of the tree\n' >"$ROOT/tree/a.txt"
printf 'below it\n' >"$ROOT/tree/below/b.txt"
# Large enough for many packets and more than one window.
head -c 5000000 /dev/urandom >"$ROOT/tree/large.bin"
printf '#!/bin/sh\necho "the script ran"\nexit "${1:-0}"\n' >"$ROOT/script.sh"
cat >"$ROOT/main.tf" <<HCL
variable "key" {
  type    = string
  default = null
}
variable "certificate" {
  type    = string
  default = null
}
variable "host_key" {
  type    = string
  default = null
}
variable "bastion" {
  type    = string
  default = null
}
variable "identity" {
  type    = string
  default = null
}
variable "exit" {
  type    = number
  default = 0
}
variable "timeout" {
  type    = string
  default = "60s"
}

resource "terraform_data" "machine" {
  connection {
    host           = "127.0.0.1"
    port           = $PORT
    user           = "$(id -un)"
    private_key    = var.key == null ? null : file(var.key)
    certificate    = var.certificate == null ? null : file(var.certificate)
    host_key       = var.host_key == null ? null : file(var.host_key)
    agent          = var.key == null
    agent_identity = var.identity
    bastion_host   = var.bastion
    bastion_port   = $PORT
    script_path    = "$WORK/script-%RAND%.sh"
    timeout        = var.timeout
  }
  provisioner "file" {
    source      = "tree/"
    destination = "$WORK/there"
  }
  provisioner "file" {
    content     = "written from a string\n"
    destination = "$WORK/there/content.txt"
  }
  provisioner "remote-exec" {
    inline = ["echo from=\${self.id}", "echo agent=\$(ssh-add -l 2>/dev/null | grep -c SHA256)", "sh -c 'exit \${var.exit}'"]
  }
  provisioner "remote-exec" {
    script = "script.sh"
  }
}
HCL

craton_in "$ROOT" init -input=false -no-color >/dev/null

apply() {
  rm -rf "$WORK/there" "$ROOT/terraform.tfstate"
  mkdir -p "$WORK/there"
  craton_in "$ROOT" apply -auto-approve -input=false -no-color "$@"
}

# lands WHAT FLAG...: the apply succeeds and everything is there, to the byte.
lands() {
  local what=$1
  shift
  must 0 "$what" apply "$@"
  grep -q "the script ran" "$WORK/last.log" || fail "$what: the script's output is missing"
  [ "$(cat "$WORK/there/content.txt")" = "written from a string" ] || fail "$what: the content differs"
  rm "$WORK/there/content.txt"
  diff -r "$ROOT/tree" "$WORK/there" || fail "$what: the tree differs"
  [ -z "$(find "$WORK" -maxdepth 1 -name 'script-*')" ] || fail "$what: a script was left on the machine"
}

# refused WHAT MEANING FLAG...: the apply fails, says why, and keeps the instance as tainted.
refused() {
  local what=$1 meaning=$2
  shift 2
  must 1 "$what" apply "$@"
  tr -s '│[:space:]' ' ' <"$WORK/last.log" | grep -q -- "$meaning" || { cat "$WORK/last.log" >&2; fail "$what: the message says nothing of '$meaning'"; }
  ! grep -q "PRIVATE KEY" "$WORK/last.log" || fail "$what: the message shows a key"
}

for kind in ed25519 rsa ecdsa; do lands "a key: $kind" -var "key=$KEYS/$kind"; done
lands "a certificate" -var "key=$KEYS/signed" -var "certificate=$KEYS/signed-cert.pub"
for kind in ed25519 rsa ecdsa; do lands "the machine's key is the expected one: $kind" -var "key=$KEYS/rsa" -var "host_key=$KEYS/host_$kind.pub"; done
lands "through a bastion" -var "key=$KEYS/ed25519" -var "bastion=127.0.0.1"

refused "a key that the machine does not know" "refuses the login" -var "key=$KEYS/stranger" -var timeout=2s
refused "a key without its certificate" "refuses the login" -var "key=$KEYS/signed" -var timeout=2s
refused "a key behind a passphrase" "passphrase" -var "key=$KEYS/locked"
refused "another key of the machine than expected" "not the expected one" -var "key=$KEYS/rsa" -var "host_key=$KEYS/stranger.pub" -var timeout=2s
refused "a command that fails" "remote-exec" -var "key=$KEYS/rsa" -var exit=7
must 0 "the failed instance is tainted" grep -q '"status": "tainted"' "$ROOT/terraform.tfstate"

eval "$(ssh-agent -s)" >/dev/null
PIDS+=("$SSH_AGENT_PID")
for name in stranger ecdsa rsa; do ssh-add -q "$KEYS/$name"; done
lands "an agent"
grep -q "agent=3" "$WORK/last.log" || fail "an agent: it is not forwarded to the machine"
lands "an agent and the key to begin with" -var "identity=$KEYS/rsa"
key=$(ssh-keygen -lf "$KEYS/rsa.pub" | cut -d' ' -f2)
grep "^Accepted publickey" "$WORK/sshd.log" | tail -n 1 | grep -qF "$key" || fail "the agent's key that agent_identity names was not the one taken"
ssh-add -q -d "$KEYS/rsa"
ssh-add -q -d "$KEYS/ecdsa"
refused "an agent without a key that the machine knows" "refuses the login" -var timeout=2s

echo "passed: OpenSSH takes what connection blocks offer, and refuses what it should"
