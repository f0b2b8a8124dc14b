#!/usr/bin/env bash
# Installs the optional packages that run ONNX and GGUF models into a folder, and links them into node_modules. Their own optional
# packages for graphics cards, a gigabyte, are left out.
set -euo pipefail
into=$1
repository=$(cd "$(dirname "$0")/../.." && pwd)

install_into() {
  mkdir -p "$into/$1"
  (cd "$into/$1" && npm init -y >/dev/null && ONNXRUNTIME_NODE_INSTALL=skip npm install --no-audit --no-fund --ignore-scripts "${@:2}")
}
link() {
  mkdir -p "$(dirname "$repository/node_modules/$2")"
  ln -sfn "$into/$1/node_modules/$2" "$repository/node_modules/$2"
}

install_into transformers @huggingface/transformers@4.3.1
install_into llama --omit=optional node-llama-cpp@3.22.1 "@node-llama-cpp/$(node -p 'process.platform + "-" + process.arch')@3.22.1"
link transformers @huggingface/transformers
link llama node-llama-cpp
