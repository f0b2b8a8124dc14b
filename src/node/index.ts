export { findByAddress } from "./backends/find-ours.ts";
export { NodeModelHost, type NodeModelHostOptions } from "./backends/host.ts";
export { isKnownModel } from "./backends/known-model.ts";
export { type LlamaOptions, openLlamaBackend } from "./backends/llama.ts";
export { type OpenBackendOptions, openBackend } from "./backends/open-backend.ts";
export { type OpenAiOptions, openOpenAiBackend } from "./backends/openai.ts";
export {
  keyFor,
  type OpenAiServer,
  readSettings,
  SETTINGS_FILE,
  type Settings,
  type SettingsOptions,
} from "./backends/settings.ts";
export { type Survey, type SurveyOptions, surveyModels, type Unreachable } from "./backends/survey-models.ts";
export { type Inspection, type InspectSourceOptions, inspectSource } from "./corpus/inspect-source.ts";
export { type MadeCorpus, type MakeCorpusOptions, makeCorpus } from "./corpus/make-corpus.ts";
export { type OpenCorpusOptions, openCorpus, type PrepareProgress } from "./corpus/open-corpus.ts";
export type { OpenedSource } from "./corpus/opened-source.ts";
export {
  checkedKind,
  isPackReference,
  packTitle,
  parsePackReference,
  parseSize,
  SIZE_RULE,
} from "./corpus/pack-reference.ts";
export { pinSources } from "./corpus/pin-sources.ts";
export { type OpenSourceOptions, openSource } from "./corpus/sources.ts";
export { type DeviceName, type DeviceOptions, deviceNames, openDevice } from "./devices.ts";
export { threadCount } from "./engine-threads.ts";
export { readExam, writeExam } from "./exam/exam-files.ts";
export { measureQuestions } from "./exam/measure-questions.ts";
export { characterOf, type OpenedSuite, openSuite } from "./exam/open-suite.ts";
export { openTrainingText, recipeBehind, type TrainingText } from "./exam/training-text.ts";
export { type ExportedModel, type ExportModelOptions, exportModel } from "./export-model.ts";
export { fileSource } from "./file-source.ts";
export { FileStorage } from "./file-storage.ts";
export {
  checkpointOf,
  type FoundModel,
  findModel,
  importedModel,
  importedNames,
  modelOutside,
} from "./find-model.ts";
export { folderSources } from "./folder-sources.ts";
export type { HubOptions, HubProgress } from "./hub/fetch-files.ts";
export { type HubDataset, openHubDataset } from "./hub/open-dataset.ts";
export { isHubReference } from "./hub/reference.ts";
export { type ImportFolderOptions, importFolder } from "./import-folder.ts";
export {
  type FindStart,
  findRecipe,
  findTraining,
  loadData,
  loadPairs,
  type Named,
} from "./library.ts";
export { chooseNative, type NativeChoice } from "./native.ts";
export { type OpenedPack, openPack } from "./packs.ts";
export { recipeForCharacter } from "./recipe-for-character.ts";
export { rateChart } from "./report/rate-chart.ts";
export { writeReport } from "./report/write-report.ts";
export { DEFAULT_PORT, type Listening, type ListenOptions, listen } from "./serve.ts";
export { type ShippedKind, shipped } from "./shipped.ts";
export { modelBytes, type ShrinkOptions, type Shrunk, shrinkModel } from "./shrink-model.ts";
export { findStart, loadStart } from "./start-model.ts";
export { starterNames, starterStorage } from "./starters.ts";
export { systemSources } from "./system-sources.ts";
export { buildStoreOnDisk, DiskStoreFiles, openStoreOnDisk } from "./token-files.ts";
export { type TrainInWorkerOptions, trainInWorker } from "./training.ts";
export { NodeTrainingDesk, type NodeTrainingDeskOptions } from "./training-desk.ts";
