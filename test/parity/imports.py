"""Writes folders as Hugging Face transformers does, with random weights, and beside each what transformers computes from it.

    pip install torch transformers safetensors tokenizers
    python test/parity/imports.py FOLDER [big]
    node test/parity/imports.mjs FOLDER

`big` adds a folder of distilgpt2's sizes.
"""
import json, pathlib, sys, torch
from safetensors.torch import load_file, save_file
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import AutoModelForCausalLM, GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM, logging

logging.set_verbosity_error()
logging.disable_progress_bar()
root = pathlib.Path(sys.argv[1])
TEXTS = [
    "The parrot's cage wasn't locked; they'll say it's OURS.",
    "  two  spaces   and\ttabs\n\n and lines \r\n",
    "Grüße, naïve Ærø. Привет, мир! 你好，世界。 👩‍👩‍👧 𝕳𝖊𝖑𝖑𝖔 e\u0301",
    "Numbers: 1 12 123 1234, 3.14159; x = a[1] + {b: 2}",
    " ", "", "a", "  x", "the " * 200, "hello" * 50,
]


def byte_level(size):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=size, special_tokens=["<|endoftext|>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    tokenizer.train_from_iterator(TEXTS, trainer)
    return tokenizer


def sentence_piece(size, metaspace=None, words=True):
    """As Llama 2's file: characters and bytes, with a space before each text."""
    trained = Tokenizer(models.BPE(unk_token="<unk>"))
    trained.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    # Without words, tokens go across spaces.
    trained.pre_tokenizer = pre_tokenizers.Split(Regex("▁+[^▁]*"), "isolated") if words else None
    alphabet = ["▁"] + list("abcdefghijklmnopqrstuvwxyzT.,'")
    names = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)]
    trainer = trainers.BpeTrainer(vocab_size=size, special_tokens=names, initial_alphabet=alphabet, limit_alphabet=60, show_progress=False)
    trained.train_from_iterator(TEXTS, trainer)
    model = json.loads(trained.to_str())["model"]
    merges = [tuple(merge) if isinstance(merge, list) else tuple(merge.split(" ")) for merge in model["merges"]]
    tokenizer = Tokenizer(models.BPE(model["vocab"], merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    if metaspace:
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(**metaspace)
    else:
        tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    tokenizer.add_special_tokens([AddedToken(name, normalized=False, special=True) for name in ["<unk>", "<s>", "</s>"]])
    return tokenizer


def write(name, model, tokenizer, dtype=torch.float32, vocab_files=False, **options):
    folder = root / name
    model = model.to(dtype).eval()
    model.save_pretrained(folder, **options)
    if vocab_files:
        tokenizer.model.save(str(folder))
    else:
        tokenizer.save(str(folder / "tokenizer.json"))
    # In f32, as we compute: read again, since `to` rounds the angles of RoPE too.
    again = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    return expect(folder, again, tokenizer)


def expect(folder, model, tokenizer):
    size = tokenizer.get_vocab_size()
    ids = torch.tensor([[(i * 7919 + 13 * (i % 5)) % size for i in range(row, row + 24)] for row in (0, 100)])
    with torch.no_grad():
        logits = model(ids).logits
    save_file({"ids": ids.float(), "logits": logits[:, :, :size].contiguous()}, folder / "expected.safetensors")
    encoded = [tokenizer.encode(text, add_special_tokens=False).ids for text in TEXTS]
    texts = [[text, ids, tokenizer.decode(ids)] for text, ids in zip(TEXTS, encoded)]
    (folder / "texts.json").write_text(json.dumps(texts))
    return folder


def gpt2(tokenizer, spare=0, **options):
    torch.manual_seed(1)
    size = tokenizer.get_vocab_size() + spare
    return GPT2LMHeadModel(GPT2Config(vocab_size=size, bos_token_id=0, eos_token_id=0, n_positions=64, n_embd=48, n_layer=3, n_head=4, initializer_range=0.2, **options))


def llama(tokenizer, **options):
    torch.manual_seed(2)
    size = {"vocab_size": tokenizer.get_vocab_size(), "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 4}
    return LlamaForCausalLM(LlamaConfig(**{**size, "max_position_embeddings": 64, "initializer_range": 0.2, **options}))


bytes_tokenizer = byte_level(400)
pieces = sentence_piece(420)
write("gpt2-f32", gpt2(bytes_tokenizer), bytes_tokenizer)
write("gpt2-f16", gpt2(bytes_tokenizer, activation_function="gelu", n_inner=100), bytes_tokenizer, torch.float16)
write("gpt2-sharded", gpt2(bytes_tokenizer, layer_norm_epsilon=1e-3, tie_word_embeddings=False), bytes_tokenizer, max_shard_size="100KB")
write("gpt2-vocab-files", gpt2(bytes_tokenizer), bytes_tokenizer, vocab_files=True)
# As the hub has GPT-2: the names of the model without its head, and masks.
folder = write("gpt2-no-prefix", gpt2(bytes_tokenizer), bytes_tokenizer)
tensors = {key.removeprefix("transformer."): value for key, value in load_file(folder / "model.safetensors").items()}
tensors |= {f"h.{layer}.attn.bias": torch.ones(1, 1, 64, 64).tril() for layer in range(3)}
save_file(tensors, folder / "model.safetensors", {"format": "pt"})
# More rows than tokens, as where the vocabulary was rounded up.
write("gpt2-spare-rows", gpt2(bytes_tokenizer, spare=48), bytes_tokenizer)
write("llama-f32", llama(pieces), pieces)
write("llama-bf16-grouped", llama(pieces, num_key_value_heads=2, rope_theta=500000.0, rms_norm_eps=1e-5), pieces, torch.bfloat16)
write("llama-f16-sharded", llama(pieces, tie_word_embeddings=True), pieces, torch.float16, max_shard_size="60KB")
for scheme, split in (("first", False), ("always", True), ("never", False)):
    own = sentence_piece(400, {"replacement": "▁", "prepend_scheme": scheme, "split": split})
    if scheme == "never":
        own.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    write(f"llama-metaspace-{scheme}", llama(own), own)
across = sentence_piece(460, words=False)
write("llama-across-spaces", llama(across), across)
if "big" in sys.argv[2:]:
    tokenizer = byte_level(400)
    tokenizer.add_tokens([f"<extra {number}>" for number in range(50257 - tokenizer.get_vocab_size())])
    torch.manual_seed(3)
    write("big", GPT2LMHeadModel(GPT2Config(n_layer=6)), tokenizer)
print(f"{root}: {len(list(root.iterdir()))} folders")
