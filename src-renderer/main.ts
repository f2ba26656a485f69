/** @file Starts the page. */

import { mount } from "svelte";
import App from "./App.svelte";
import { findBridge } from "./bridge/find-bridge.ts";

const target = document.querySelector("#app");
if (target === null) throw new Error("the page has no place for the studio");
mount(App, { target, props: { bridge: findBridge() } });
