/**
 * @file A page for work on the editor: sample prompts and a studio that is made up, no engine. Open
 * `dev/editor.html?sample=duet&theme=dark&language=ja&stage` on Vite's development server; it is no part of the build.
 */

import { mount } from "svelte";
import "../ui/tokens.css";
import "../ui/base.css";
import EditorPage from "./EditorPage.svelte";

mount(EditorPage, { target: document.querySelector("#app")! });
