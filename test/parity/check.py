"""Opens the checkpoints that export.mjs wrote in Hugging Face transformers and compares.

    pip install torch transformers safetensors
    python test/parity/check.py FOLDER

Checks, for each folder: that transformers loads it with no tensor missing or left over, that logits and the greedy
continuation are equal, that saving it again from transformers gives a folder which we could read (the same tensors), and
that tokenizer.json encodes and decodes as ours does. For models of conversations, that the chat template renders the same
token ids; for the trained TinyTalks model, that its template and generate() give the answers.
"""
import json, pathlib, sys, tempfile, torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerFast

TOLERANCE = 2e-5
failed = False
largest = 0.0


def check(name, what, holds, figure=""):
    global failed
    failed |= not holds
    print(f"{'ok  ' if holds else 'FAIL'} {name:31} {what} {figure}")


for folder in sorted(path.parent for path in pathlib.Path(sys.argv[1]).glob("*/model.safetensors")):
    name = folder.name
    model, info = AutoModelForCausalLM.from_pretrained(folder, output_loading_info=True)
    model.eval()
    loose = {key: sorted(info[key]) for key in ("missing_keys", "unexpected_keys", "mismatched_keys") if info[key]}
    check(name, "loads whole", not loose, loose or "")
    expected = load_file(folder / "expected.safetensors")
    with torch.no_grad():
        logits = model(expected["ids"].long()).logits
    error = ((logits - expected["logits"]).abs().max() / expected["logits"].abs().max()).item()
    largest = max(largest, error)
    check(name, "logits", error < TOLERANCE, f"relative error {error:.1e}")
    greedy = expected["greedy"].long().tolist()
    ids = torch.tensor([greedy[:6]])
    with torch.no_grad():
        for _ in greedy[6:]:
            ids = torch.cat([ids, model(ids).logits[:, -1].argmax(-1, keepdim=True)], 1)
    check(name, "greedy continuation", ids[0].tolist() == greedy)
    with tempfile.TemporaryDirectory() as again:
        model.save_pretrained(again)
        ours, theirs = load_file(folder / "model.safetensors"), load_file(pathlib.Path(again) / "model.safetensors")
        same = ours.keys() == theirs.keys() and all(torch.equal(ours[key], theirs[key]) for key in ours)
        check(name, "same tensors when saved again", same)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    texts = json.loads((folder / "texts.json").read_text())
    same = all(tokenizer.encode(text, add_special_tokens=False) == ids for text, ids in texts)
    back = all(tokenizer.decode(ids) == text for text, ids in texts if tokenizer.unk_token_id not in ids)
    check(name, f"tokenizer, {len(texts)} texts", same and back)
    fast = PreTrainedTokenizerFast.from_pretrained(folder)
    check(name, "the same by PreTrainedTokenizerFast", all(fast.encode(text, add_special_tokens=False) == ids for text, ids in texts))
    if (folder / "chats.json").exists():
        chats = json.loads((folder / "chats.json").read_text())
        render = lambda chat: tokenizer.apply_chat_template(chat["messages"], add_generation_prompt=chat["asked"], return_dict=False)
        wrong = [chat for chat in chats if render(chat) != chat["ids"]]
        check(name, f"chat template, {len(chats)} conversations", not wrong, wrong[:1] or "")
    if name == "tinytalks":
        for question, answer in [("Hi", "Hello! How can I help you?"), ("Is grass green", "Yes, grass is green")]:
            prompt = tokenizer.apply_chat_template([{"role": "user", "content": question}], return_tensors="pt", return_dict=True)
            reply = model.generate(**prompt, max_new_tokens=40, do_sample=False)
            text = tokenizer.decode(reply[0, prompt["input_ids"].shape[1]:], skip_special_tokens=True)
            check(name, "chat template and generate()", text == answer, repr(text))
print(f"largest relative difference of logits: {largest:.1e}")
sys.exit(failed)
