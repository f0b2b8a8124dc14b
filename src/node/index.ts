export { type DeviceName, type DeviceOptions, deviceNames, openDevice } from "./devices.ts";
export { threadCount } from "./engine-threads.ts";
export { estimateSteps } from "./estimate-steps.ts";
export { fileSource } from "./file-source.ts";
export { FileStorage } from "./file-storage.ts";
export { checkpointOf, type FoundModel, findModel } from "./find-model.ts";
export { folderSources } from "./folder-sources.ts";
export type { HubOptions, HubProgress } from "./hub/fetch-files.ts";
export { type HubDataset, openHubDataset } from "./hub/open-dataset.ts";
export { isHubReference } from "./hub/reference.ts";
export {
  findRecipe,
  findTraining,
  loadData,
  shipped,
  type TrainingPlanFiles,
} from "./library.ts";
export { chooseNative, type NativeChoice } from "./native.ts";
export { type CheckpointScore, type Report, score, summarize, writeReport } from "./report/report.ts";
export { buildStoreOnDisk, DiskStoreFiles, openStoreOnDisk } from "./token-files.ts";
export { type TrainInWorkerOptions, trainInWorker } from "./training.ts";
