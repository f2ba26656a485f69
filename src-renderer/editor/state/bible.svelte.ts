/** @file The character bible on the page: what the studio keeps, read when a menu wants it. */

import type { BibleCharacter } from "../../../src-main/contract/drafts.ts";
import type { EditorServices } from "../services.ts";

class Bible {
  characters = $state.raw<readonly BibleCharacter[]>([]);
  /** Whether the last call failed. */
  hasFailed = $state(false);
  /** Shows the pictures with a character; absent where there is no gallery. */
  showUses: ((name: string) => void) | undefined;
  #services: EditorServices | undefined;

  connect(services: EditorServices, showUses?: (name: string) => void): void {
    this.#services = services;
    this.showUses = showUses;
  }

  load(): Promise<boolean> {
    return this.#try(async (services) => {
      this.characters = (await services.characters({})).characters;
    });
  }

  save(name: string, xml: string): Promise<boolean> {
    return this.#try(async (services) => {
      const saved = await services.saveCharacter({ name, xml });
      this.characters = [...this.characters.filter((other) => other.name !== saved.name), saved];
    });
  }

  remove(id: string): Promise<boolean> {
    return this.#try(async (services) => {
      await services.removeCharacter({ id });
      this.characters = this.characters.filter((other) => other.id !== id);
    });
  }

  async #try(action: (services: EditorServices) => Promise<void>): Promise<boolean> {
    try {
      if (this.#services !== undefined) await action(this.#services);
      this.hasFailed = false;
    } catch {
      this.hasFailed = true;
    }
    return !this.hasFailed;
  }
}

export const bible = new Bible();
