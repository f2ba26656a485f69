/** @file Everything the page knows, put together once and handed down by context. */

import { createContext } from "svelte";
import type { Bridge } from "../bridge/bridge.ts";
import type { Desktop } from "../bridge/desktop.ts";
import { StudioLink } from "../bridge/studio-link.ts";
import { AbTestState } from "./ab-test.svelte.ts";
import { ConnectionState } from "./connection.svelte.ts";
import { DraftSaver } from "./draft-saver.svelte.ts";
import { DraftState } from "./draft.svelte.ts";
import { EngineState } from "./engine.svelte.ts";
import { GalleryState } from "./gallery.svelte.ts";
import { GenerateState } from "./generate.svelte.ts";
import { GridsState } from "./grids.svelte.ts";
import { LorasState } from "./loras.svelte.ts";
import { ModelsState } from "./models.svelte.ts";
import { PicturesState } from "./pictures.svelte.ts";
import { QueueState } from "./queue.svelte.ts";
import { RecallState } from "./recall.svelte.ts";
import { ReportsState } from "./reports.svelte.ts";
import { SearchState } from "./search.svelte.ts";
import { SettingsState } from "./settings.svelte.ts";
import { TrashState } from "./trash.svelte.ts";
import { UpkeepState } from "./upkeep.svelte.ts";

export const VIEWS = ["studio", "gallery", "models", "optimisation", "settings"] as const;
export type View = (typeof VIEWS)[number];
export type SidePanel = "generate" | "queue";

export class AppState {
  view = $state<View>("studio");
  panel = $state<SidePanel>("generate");
  isLargeOpen = $state(false);
  /** Whether the characters' places lie over the picture on the stage. */
  isPlacementShown = $state(false);
  readonly desktop: Desktop;
  readonly link: StudioLink;
  readonly reports = new ReportsState();
  readonly draft = new DraftState();
  readonly connection: ConnectionState;
  readonly settings: SettingsState;
  readonly models: ModelsState;
  readonly loras: LorasState;
  readonly engine: EngineState;
  readonly queue: QueueState;
  readonly pictures: PicturesState;
  readonly search: SearchState;
  readonly trash: TrashState;
  readonly upkeep: UpkeepState;
  readonly gallery: GalleryState;
  readonly abTest: AbTestState;
  readonly grids: GridsState;
  readonly recall: RecallState;
  readonly saver: DraftSaver;
  readonly generate: GenerateState;

  constructor(bridge: Bridge) {
    this.desktop = bridge.desktop;
    this.link = new StudioLink(bridge);
    this.connection = new ConnectionState(this.link, bridge.desktop, this.reports);
    this.settings = new SettingsState(this.link, this.reports);
    this.models = new ModelsState(this.link, this.reports);
    this.loras = new LorasState(this.link, this.reports);
    this.engine = new EngineState(this.link, this.reports);
    this.queue = new QueueState(this.link, this.reports);
    this.pictures = new PicturesState(this.link, this.reports, bridge);
    this.search = new SearchState(this.link, this.reports, this.pictures);
    this.trash = new TrashState(this.link, this.reports);
    this.upkeep = new UpkeepState(this.link, this.reports);
    this.gallery = new GalleryState(this.pictures);
    this.grids = new GridsState(this.link, this.reports);
    this.recall = new RecallState(this.link, this.draft, this.reports);
    this.recall.onTaken = () => {
      this.closeLarge();
      this.view = "studio";
    };
    this.abTest = new AbTestState(this.link, this.draft, this.settings, this.reports);
    this.saver = new DraftSaver(this.draft, this.link, this.reports);
    this.generate = new GenerateState(this.link, this.draft, this.models, this.settings, this.pictures);
  }

  /** Shows the selected picture over everything else. */
  openLarge(): void {
    this.isLargeOpen = true;
  }
  closeLarge(): void {
    this.isLargeOpen = false;
  }

  start(): void {
    this.link.start();
  }
}

export const [useApp, provideApp] = createContext<AppState>();
