/**
 * The training step in TensorFlow.js on its WebAssembly backend, in Node and in a browser.
 *
 * The same model and optimizer as ours; GELU by tanh and embeddings as products with one-hot rows, since that backend has
 * neither erf nor a gradient of gather.
 */
import * as tf from "@tensorflow/tfjs";
import { setThreadsCount, setWasmPaths } from "@tensorflow/tfjs-backend-wasm";

/** @param folder Where the backend's .wasm files lie. */
export async function prepare(
  { vocabulary, width, layers, heads, contextWindow: time, batch },
  { folder, threads = 1 },
) {
  setWasmPaths(folder);
  setThreadsCount(threads);
  await tf.setBackend("wasm");
  await tf.ready();
  const weights = [];
  const weight = (shape, one = false) => {
    const variable = tf.variable(one ? tf.ones(shape) : tf.randomNormal(shape, 0, 0.02));
    weights.push(variable);
    return variable;
  };
  const embedding = { tokens: weight([vocabulary, width]), positions: weight([time, width]) };
  const blocks = Array.from({ length: layers }, () => ({
    norm1: weight([width], true),
    qkv: weight([width, 3 * width]),
    out: weight([width, width]),
    norm2: weight([width], true),
    up: weight([width, 4 * width]),
    down: weight([4 * width, width]),
  }));
  const last = { norm: weight([width], true), head: weight([width, vocabulary]) };
  const ahead = tf.tensor2d(
    Array.from({ length: time }, (_, t) => Array.from({ length: time }, (_, j) => (j > t ? -1e9 : 0))),
  );

  function norm(x, scale) {
    const centered = x.sub(x.mean(-1, true));
    return centered.mul(centered.square().mean(-1, true).add(1e-5).rsqrt()).mul(scale);
  }

  const gelu = (x) => x.mul(0.5).mul(x.pow(3).mul(0.044715).add(x).mul(0.7978845608).tanh().add(1));

  function attend(x, { qkv, out }) {
    const split = x
      .matMul(qkv)
      .reshape([batch, time, 3, heads, width / heads])
      .transpose([2, 0, 3, 1, 4]);
    const [q, k, v] = split.unstack();
    const scores = q
      .matMul(k, false, true)
      .div(Math.sqrt(width / heads))
      .add(ahead);
    const seen = scores.softmax(-1).matMul(v).transpose([0, 2, 1, 3]);
    return seen.reshape([batch * time, width]).matMul(out);
  }

  function lossOf(ids, targets) {
    const tokens = tf.oneHot(ids, vocabulary).toFloat().matMul(embedding.tokens);
    let x = tokens
      .reshape([batch, time, width])
      .add(embedding.positions)
      .reshape([batch * time, width]);
    for (const block of blocks) {
      x = x.add(attend(norm(x, block.norm1), block));
      x = x.add(gelu(norm(x, block.norm2).matMul(block.up)).matMul(block.down));
    }
    const logits = norm(x, last.norm).matMul(last.head);
    return tf.losses.softmaxCrossEntropy(tf.oneHot(targets, vocabulary).toFloat(), logits);
  }

  const moments = weights.map((each) =>
    [tf.zerosLike(each), tf.zerosLike(each)].map((zero) => tf.variable(zero)),
  );
  let done = 0;

  function step() {
    done++;
    const loss = tf.tidy(() => {
      const draw = () => tf.randomUniform([batch * time], 0, vocabulary, "int32");
      const [ids, targets] = [draw(), draw()];
      const { value, grads } = tf.variableGrads(() => lossOf(ids, targets), weights);
      const squares = weights.map((each) => grads[each.name].square().sum());
      const clip = tf.minimum(1, tf.div(1, tf.addN(squares).sqrt().add(1e-6)));
      const rate = (1e-3 * Math.sqrt(1 - 0.99 ** done)) / (1 - 0.9 ** done);
      for (const [index, each] of weights.entries()) {
        const gradient = grads[each.name].mul(clip);
        const [mean, variance] = moments[index];
        mean.assign(mean.mul(0.9).add(gradient.mul(0.1)));
        variance.assign(variance.mul(0.99).add(gradient.square().mul(0.01)));
        each.assign(each.mul(1 - 1e-4).sub(mean.mul(rate).div(variance.sqrt().add(1e-8))));
      }
      return value;
    });
    const value = loss.dataSync()[0];
    loss.dispose();
    return value;
  }

  return { step };
}
