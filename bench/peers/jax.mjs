/**
 * One training step in jax-js on its WebAssembly backend, in Node or in a browser's worker.
 *
 * The same model and optimizer as ours, GELU by erf, all of a step in one jit(): forward, backward, clip and AdamW.
 * One thread: jax-js has no option for it, it starts a worker per core by itself where SharedArrayBuffer and Worker exist
 * (a page that is cross-origin isolated, never Node), but only for results read asynchronously. dataSync() stays here.
 *
 * Its einsum of a string needs Node 22, so there are only products of matrices.
 */
import { defaultDevice, init, jit, lax, nn, numpy as np, random, tree, valueAndGrad } from "@jax-js/jax";

const RATE = 1e-3;
const DECAY = 0.1;
const [BETA1, BETA2] = [0.9, 0.99];

/** As in PyTorch, a matrix is [outputs, inputs]: then every gradient has a kernel with SIMD, also of an odd vocabulary. */
const linear = (x, matrix) => np.matmul(x, matrix.transpose());

function norm(x, scale) {
  const centered = x.ref.sub(x.mean(-1, { keepdims: true }));
  const variance = np.square(centered.ref).mean(-1, { keepdims: true });
  return centered.mul(np.reciprocal(np.sqrt(variance.add(1e-5)))).mul(scale);
}

function initialWeights({ vocabulary, width, layers, contextWindow }) {
  let seed = 0;
  const normal = (...shape) => random.normal(random.key(++seed), shape).mul(0.02);
  return {
    tokens: normal(vocabulary, width),
    positions: normal(contextWindow, width),
    blocks: Array.from({ length: layers }, () => ({
      norm1: np.ones([width]),
      qkv: normal(3 * width, width),
      out: normal(width, width),
      norm2: np.ones([width]),
      up: normal(4 * width, width),
      down: normal(width, 4 * width),
    })),
    norm: np.ones([width]),
    head: normal(vocabulary, width),
  };
}

function lossOf({ vocabulary, width, heads, contextWindow: time, batch }) {
  const rows = batch * time;
  const oneHot = (ids) =>
    ids.reshape([rows, 1]).equal(np.arange(vocabulary).astype(np.int32)).astype(np.float32);

  function attend(x, { qkv, out }, ahead) {
    const split = linear(x, qkv)
      .reshape([batch, time, 3, heads, width / heads])
      .transpose([2, 0, 3, 1, 4]);
    const [q, k, v] = np.split(split, 3).map((part) => part.reshape([batch, heads, time, width / heads]));
    const scores = np
      .matmul(q, k.transpose([0, 1, 3, 2]))
      .mul(1 / Math.sqrt(width / heads))
      .add(ahead);
    const largest = lax.stopGradient(np.max(scores.ref, -1, { keepdims: true }));
    const powers = np.exp(scores.sub(largest));
    // Softmax's division comes after the product with v, where there is less to divide.
    const sums = powers.ref.sum(-1, { keepdims: true });
    const seen = np.matmul(powers, v).mul(np.reciprocal(sums));
    return linear(seen.transpose([0, 2, 1, 3]).reshape([rows, width]), out);
  }

  return (weights, ids, targets, ahead) => {
    const positions = np.broadcastTo(weights.positions, [batch, time, width]).reshape([rows, width]);
    // Faster than take(), whose gradient is a loop in JavaScript, and than matmul(), whose gradient has no SIMD here.
    const tokens = oneHot(ids).reshape([rows, vocabulary, 1]).mul(weights.tokens).sum(1);
    let x = tokens.add(positions);
    for (const block of weights.blocks) {
      x = x.ref.add(attend(norm(x, block.norm1), block, ahead.ref));
      const up = nn.gelu(linear(norm(x.ref, block.norm2), block.up), { approximate: false });
      x = x.add(linear(up, block.down));
    }
    ahead.dispose();
    const logits = linear(norm(x, weights.norm), weights.head);
    const picked = oneHot(targets).mul(logits.ref).sum(-1);
    return nn.logsumexp(logits, -1).sub(picked).mean();
  };
}

/** From the state, two rates that depend on the step, and a batch to the loss and the next state. */
function training(size) {
  const lossAndGradients = valueAndGrad(lossOf(size));
  return jit(function step(weights, means, variances, rate, unbias, ids, targets, ahead) {
    const [loss, gradientTree] = lossAndGradients(tree.ref(weights), ids, targets, ahead);
    const [gradients, structure] = tree.flatten(gradientTree);
    const [[before], [mean], [variance]] = [weights, means, variances].map((each) => tree.flatten(each));
    const square = gradients.map((each) => np.square(each.ref).sum()).reduce((a, b) => a.add(b));
    const clip = np.minimum(1, np.reciprocal(np.sqrt(square).add(1e-6)));
    const next = gradients.map((gradient, i) => {
      // Multiplied by clip twice: named once, the clipped gradient would be a kernel of its own.
      const m = mean[i].mul(BETA1).add(gradient.ref.mul(clip.ref).mul(1 - BETA1));
      const v = variance[i].mul(BETA2).add(np.square(gradient.mul(clip.ref)).mul(1 - BETA2));
      const change = m.ref.mul(rate.ref).div(np.sqrt(v.ref.mul(unbias.ref)).add(1e-8));
      return [before[i].mul(1 - RATE * DECAY).sub(change), m, v];
    });
    for (const each of [clip, rate, unbias]) each.dispose();
    return [
      loss,
      ...[0, 1, 2].map((part) =>
        tree.unflatten(
          structure,
          next.map((each) => each[part]),
        ),
      ),
    ];
  });
}

/** Prepares training at a size. */
export async function prepare(size) {
  await init("wasm");
  defaultDevice("wasm");
  const { vocabulary, contextWindow: time, batch } = size;
  const train = training(size);
  const zeros = (weights) => tree.map((each) => np.zeros(each.shape), weights);
  const weights = initialWeights(size);
  let state = [weights, zeros(weights), zeros(weights)];
  const ahead = np.array(
    Float32Array.from({ length: time * time }, (_, i) => (i % time > Math.floor(i / time) ? -1e9 : 0)),
    { shape: [time, time] },
  );
  const scalar = (value) => np.array(Float32Array.of(value), { shape: [] });
  let random32 = 1;
  const draw = () =>
    np.array(
      Int32Array.from({ length: batch * time }, () => {
        random32 = (Math.imul(random32, 1664525) + 1013904223) >>> 0;
        return Math.floor((random32 / 2 ** 32) * vocabulary);
      }),
    );
  let done = 0;

  /** One training step; resolves when its loss has been read, and so all of it has been computed. */
  async function step() {
    done++;
    const [rate, unbias] = [scalar(RATE / (1 - BETA1 ** done)), scalar(1 / (1 - BETA2 ** done))];
    const [loss, ...next] = train(...state, rate, unbias, draw(), draw(), ahead.ref);
    state = next;
    return loss.dataSync()[0];
  }

  return { step };
}
