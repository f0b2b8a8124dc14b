export { type OpenCorpusOptions, openCorpus, type PrepareProgress } from "./corpus/open-corpus.ts";
export { type OpenedSource, openSource } from "./corpus/sources.ts";
export { type DeviceName, type DeviceOptions, deviceNames, openDevice } from "./devices.ts";
export { threadCount } from "./engine-threads.ts";
export { fileSource } from "./file-source.ts";
export { FileStorage } from "./file-storage.ts";
export { checkpointOf, type FoundModel, findModel } from "./find-model.ts";
export { folderSources } from "./folder-sources.ts";
export type { HubOptions, HubProgress } from "./hub/fetch-files.ts";
export { type HubDataset, openHubDataset } from "./hub/open-dataset.ts";
export { isHubReference } from "./hub/reference.ts";
export { findRecipe, findTraining, loadData, loadPairs, type Named, shipped } from "./library.ts";
export { chooseNative, type NativeChoice } from "./native.ts";
export { rateChart } from "./report/rate-chart.ts";
export {
  type CheckpointScore,
  type CheckpointScore,
  type Report,
  type Report,
  score,
  score,
  summarize,
  summarize,
  type TextReport,
  writeReport,
} from "./report/report.ts";
export { writeReport } from "./report/write-report.ts";
export { buildStoreOnDisk, DiskStoreFiles, openStoreOnDisk } from "./token-files.ts";
export { type TrainInWorkerOptions, trainInWorker } from "./training.ts";
