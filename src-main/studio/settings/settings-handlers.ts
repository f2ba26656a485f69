/** @file The methods of the settings. */

import type { Settings } from "../../contract/settings.ts";
import type { StudioService } from "../../contract/studio.ts";
import type { Handlers } from "../../contract/wire.ts";
import type { Field } from "../params.ts";
import { isRecord, refused, requireParams } from "../params.ts";
import { SETTING_CHECKS } from "./settings-store.ts";
import type { SettingsAccess } from "./settings-store.ts";

const someChanges: Field = { check: isRecord, wanted: "an object of settings" };

export function settingsHandlers(store: SettingsAccess): Pick<Handlers<StudioService>, "settings" | "changeSettings"> {
  return {
    settings(params) {
      requireParams("settings", params, {});
      return store.read();
    },
    changeSettings(params) {
      const { changes } = requireParams("changeSettings", params, { changes: someChanges });
      for (const [name, value] of Object.entries<unknown>(changes)) {
        const check = Object.hasOwn(SETTING_CHECKS, name) ? SETTING_CHECKS[name as keyof Settings] : undefined;
        if (check === undefined || !(value === undefined || check(value)))
          throw refused(`changeSettings: changes.${name.slice(0, 60)}`, "a setting, with a value that it can have");
      }
      return store.change(changes);
    },
  };
}
