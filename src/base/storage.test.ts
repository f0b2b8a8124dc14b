import { describeStorage } from "./storage.contract.ts";
import { MemoryStorage } from "./storage.ts";

describeStorage("MemoryStorage", async () => new MemoryStorage());
