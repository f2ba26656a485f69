/** @file How components inside the editor get at its state. */

import { createContext } from "svelte";
import type { EditorState } from "./editor-state.svelte.ts";

/** `useEditor` throws outside of an editor. */
export const [useEditor, provideEditor] = createContext<EditorState>();
