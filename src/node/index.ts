export { type DeviceName, deviceNames, openDevice } from "./devices.ts";
export { FileStorage } from "./file-storage.ts";
export { findRecipe, type LoadedData, loadData, shipped } from "./library.ts";
export { type TrainInWorkerOptions, trainInWorker } from "./training.ts";
