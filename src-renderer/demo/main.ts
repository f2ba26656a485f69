/**
 * @file The page over a made-up studio, to look at every panel without a backend: `vite --mode demo`, then /demo.html.
 * The address chooses: `?empty` a first start, `?busy` a full queue, `?trouble` everything that can be wrong,
 * `?pictures=100000` the length of the library.
 */

import { mount } from "svelte";
import App from "../App.svelte";
import { demoBridge } from "./demo-bridge.ts";
import { readSheet } from "./sample-pictures.ts";

const target = document.querySelector("#app");
if (target === null) throw new Error("the page has no place for the studio");
const wishes = new URLSearchParams(window.location.search);
const sheet = await readSheet();
mount(App, { target, props: { bridge: demoBridge(sheet, wishes) } });
