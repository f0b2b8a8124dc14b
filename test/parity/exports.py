"""Opens the folders that exports.mjs wrote in Hugging Face transformers: weights of each type, logits, settings, tokenizer.

    python test/parity/exports.py FOLDER
"""
import pathlib, sys, torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig, logging

logging.set_verbosity_error()
logging.disable_progress_bar()
failed = False
TYPES = {"f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16}

for folder in sorted(path for path in pathlib.Path(sys.argv[1]).iterdir() if path.is_dir()):
    stored = {tensor.dtype for tensor in load_file(folder / "model.safetensors").values()}
    model, info = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, output_loading_info=True)
    loose = [key for key in ("missing_keys", "unexpected_keys", "mismatched_keys") if info[key]]
    expected = load_file(folder / "expected.safetensors")
    with torch.no_grad():
        logits = model.eval()(expected["ids"].long()).logits
    error = ((logits - expected["logits"]).abs().max() / expected["logits"].abs().max()).item()
    tokenizer, settings = AutoTokenizer.from_pretrained(folder), GenerationConfig.from_pretrained(folder)
    same = settings.eos_token_id == tokenizer.eos_token_id and settings.pad_token_id == tokenizer.pad_token_id
    holds = stored == {TYPES[folder.name.rsplit("-", 1)[1]]} and not loose and error < 2e-5 and same
    failed |= not holds
    print(f"{'ok  ' if holds else 'FAIL'} {folder.name:36} relative error {error:.1e} {loose or ''}")
sys.exit(failed)
