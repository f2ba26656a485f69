/** @file The shell: puts its parts together in order of time. Whatever decides anything is in a module of its own. */

import path from "node:path";
import { shell } from "electron/common";
import { app, dialog, protocol, session } from "electron/main";
import type { BrowserWindow } from "electron/main";
import { toErrorData } from "../contract/errors.ts";
import { superviseEngine } from "../process/engine-process.ts";
import { packageRoot } from "../process/package-root.ts";
import { dataFolder, defaultLibraryFolder } from "../process/user-folders.ts";
import { SCHEME } from "./address.ts";
import { createAppProtocol } from "./app-protocol.ts";
import { electronDesktop } from "./desktop.ts";
import { createEngineBridge } from "./engine-bridge.ts";
import { createLog } from "./log.ts";
import { createAppMenu } from "./menu-language.ts";
import type { AppMenu } from "./menu-language.ts";
import { confinePages, confineSession } from "./page-confinement.ts";
import { acceptPages } from "./page-connections.ts";
import { listPageFiles } from "./page-files.ts";
import { relay, standIn } from "./page-relay.ts";
import { createPageService } from "./page-service.ts";
import { endInOrder } from "./shutdown.ts";
import { readStartOptions } from "./start-options.ts";
import { superviseStudio } from "./studio-process.ts";
import type { StudioProcess } from "./studio-process.ts";
import { utilityLauncher } from "./utility-launcher.ts";
import { openWindow } from "./window.ts";
import { windowStateFile } from "./window-state-file.ts";

const isDevelopment = !app.isPackaged;
const log = createLog(isDevelopment && process.env["TACHIE_DEBUG"] === "1");
const ownFolder = path.join(dataFolder(), "window");

app.setPath("userData", ownFolder);
protocol.registerSchemesAsPrivileged([
  { scheme: SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
]);

if (app.requestSingleInstanceLock()) start();
else app.quit();

function start(): void {
  const confinement = {
    openExternal: (address: string) => void shell.openExternal(address).catch(log.error),
    onPrevented: (what: string) => log.line(`[shell] prevented: ${what}`),
    onError: log.error,
    isDevelopment,
  };
  confinePages(confinement);

  const { libraryFolder } = readStartOptions(process.argv.slice(1), defaultLibraryFolder());
  const engine = superviseEngine({ launcher: utilityLauncher, onLog: log.line });
  const bridge = createEngineBridge(engine);
  const studio = superviseStudio({
    libraryFolder,
    // A packaged application runs nothing but what it was shipped with.
    isForked: isDevelopment && process.env["TACHIE_NODE"] !== undefined,
    serveEngine: (port) => bridge.serveOn(port),
    onLog: log.line,
  });
  let window: BrowserWindow | undefined;
  const servePage = createPageService(
    electronDesktop(() => window),
    studio.supervisor,
    (id) => studio.findPicture("image", id),
  );
  acceptPages((page, own) => {
    servePage(own);
    studio.openClient().then(
      ({ port, whyLost }) => relay(page, port, whyLost),
      () => standIn(page, () => studio.supervisor.connection()),
    );
  }, log.line);
  endInOrder({ parts: [() => studio.supervisor.end(), () => engine.end()], onError: log.error });
  for (const supervisor of [engine, studio.supervisor])
    supervisor.on("exited", ({ reason, message }) => log.line(`[shell] ${reason}: ${message}`));

  const showWindow = (menu: AppMenu): void => {
    window = openWindow({ state: windowStateFile(ownFolder, log.error), isDevelopment, onError: log.error });
    window.on("closed", () => (window = undefined));
    menu.addTo(window);
  };
  app.on("second-instance", () => {
    if (window?.isMinimized() === true) window.restore();
    window?.focus();
  });
  app
    .whenReady()
    .then(() => {
      confineSession(session.defaultSession, confinement);
      const answer = createAppProtocol({
        pageFiles: listPageFiles(path.join(packageRoot(), "dist", "src-renderer")),
        libraryFolder,
        findPicture: (kind, id) => studio.findPicture(kind, id),
        onError: log.error,
      });
      protocol.handle(SCHEME, answer);
      const menu = createAppMenu({
        isDevelopment,
        changeZoom: (zoom) =>
          void studio.supervisor
            .connection()
            .then(({ client }) => client.changeSettings({ changes: { zoom } }))
            .catch(log.error),
        // Answers with a text where the system has nothing that shows folders.
        showLibrary: () =>
          void shell.openPath(libraryFolder).then((problem) => log.line(`[shell] ${problem}`), log.error),
      });
      showWindow(menu);
      app.on("activate", () => {
        if (window === undefined) showWindow(menu);
      });
      keepStudio(studio, menu);
    })
    .catch(fail);
}

/** Runs from the start, not from the first question of a page, and again after every end: the queue goes on. */
function keepStudio({ supervisor }: StudioProcess, menu: AppMenu): void {
  const begin = (): void => void supervisor.connection().catch(log.error);
  // Whoever has started it.
  supervisor.on("started", () => {
    supervisor
      .connection()
      .then(async (connection) => {
        const { client } = connection;
        connection.onEvent("settings", (settings) => menu.follow(settings));
        menu.follow(await client.settings({}));
      })
      .catch(log.error);
  });
  supervisor.on("exited", ({ reason }) => {
    if (reason !== "ended") begin();
  });
  begin();
}

function fail(error: unknown): void {
  const { message, remedy } = toErrorData(error);
  log.error(error);
  dialog.showErrorBox("Tachie", `${message}\n\n${remedy}`);
  app.exit(1);
}
