export { type DeviceName, type DeviceOptions, openDevice, threadCount } from "./devices.ts";
