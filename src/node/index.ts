export { type DeviceName, deviceNames, openDevice } from "./devices.ts";
export { FileStorage } from "./file-storage.ts";
