import { decodeText, ParrotletError, shown } from "../base/index.ts";
import type { ModelConfig } from "../model/index.ts";
import type { ConfigFields } from "./architecture.ts";
import { architectureNamed, modelTypes } from "./tensors.ts";

/**
 * Reads a `config.json`.
 *
 * @param file How to name the file in errors.
 * @throws {ParrotletError} `config-invalid`, naming the field; `model-config` where fields do not go together.
 */
export function decodeConfig(bytes: Uint8Array, file: string): ModelConfig {
  const json = parseObject(bytes, file);
  const modelType = json["model_type"];
  const architecture = typeof modelType === "string" ? architectureNamed(modelType) : undefined;
  if (!architecture) {
    const known = modelTypes.join(", ");
    throw new ParrotletError(
      "config-invalid",
      `${file}: model_type is ${shown(modelType)}; this program runs ${known}.`,
    );
  }
  return architecture.decodeConfig(checkedFields(json, file, ""));
}

/** Reads a file that must hold one JSON object. */
export function parseObject(bytes: Uint8Array, file: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(decodeText(bytes));
  } catch (cause) {
    throw new ParrotletError("config-invalid", `${file} is not JSON: ${String(cause)}`, { cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ParrotletError("config-invalid", `${file} does not hold a JSON object.`);
  }
  return value as Record<string, unknown>;
}

function checkedFields(json: Record<string, unknown>, file: string, path: string): ConfigFields {
  const refuse = (name: string, wanted: string): never => {
    const found = json[name] === undefined ? "missing" : shown(json[name]);
    throw new ParrotletError("config-invalid", `${file}: ${path}${name} is ${found}; it must be ${wanted}.`);
  };
  const absent = (name: string): boolean => json[name] === undefined || json[name] === null;
  const count = (name: string): number => {
    const value = json[name];
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= 1) return value;
    return refuse(name, "a whole number of at least 1");
  };
  return {
    count,
    optionalCount: (name) => (absent(name) ? undefined : count(name)),
    number: (name, otherwise) => {
      const value = absent(name) ? otherwise : json[name];
      return typeof value === "number" && Number.isFinite(value) ? value : refuse(name, "a number");
    },
    boolean: (name, otherwise) => {
      const value = absent(name) ? otherwise : json[name];
      return typeof value === "boolean" ? value : refuse(name, "true or false");
    },
    choice: (name, choices, otherwise) => {
      const value = absent(name) ? otherwise : json[name];
      return choices.find((choice) => choice === value) ?? refuse(name, `one of ${choices.join(", ")}`);
    },
    expect: (name, wanted) => {
      if (!absent(name) && json[name] !== wanted) refuse(name, `${shown(wanted)}: nothing else is supported`);
    },
    object: (name) => {
      const value = absent(name) ? {} : json[name];
      if (typeof value !== "object" || value === null || Array.isArray(value))
        return refuse(name, "an object");
      return checkedFields(value as Record<string, unknown>, file, `${path}${name}.`);
    },
  };
}
