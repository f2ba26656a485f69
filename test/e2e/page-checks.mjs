/**
 * @file Checks that run inside a page: what a reader with a screen reader, weak eyes or no mouse would stumble over.
 * Each returns a list of complaints. Evaluated in the browser, hence no imports.
 */

const isShown = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true });

/** Controls and pictures without a name, ids that occur twice, a page without exactly one main part. */
function nameComplaints() {
  const complaints = [];
  const controls =
    "button, a[href], input, select, textarea, summary, [role=progressbar], [role=toolbar], [role=img], dialog";
  for (const element of document.querySelectorAll(controls))
    if (isShown(element) && nameOf(element) === "") complaints.push(`no name: ${element.outerHTML.slice(0, 120)}`);
  for (const image of document.querySelectorAll("img"))
    if (!image.hasAttribute("alt")) complaints.push(`no alt: ${image.outerHTML.slice(0, 120)}`);
  const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
  for (const id of new Set(ids.filter((id, place) => ids.indexOf(id) !== place))) complaints.push(`id twice: ${id}`);
  for (const attribute of ["aria-describedby", "aria-labelledby"])
    for (const element of document.querySelectorAll(`[${attribute}]`))
      for (const id of element.getAttribute(attribute).split(" "))
        if (document.getElementById(id) === null) complaints.push(`${attribute} leads nowhere: ${id}`);
  const mains = [...document.querySelectorAll("main, [role=main]")].filter(isShown);
  if (mains.length !== 1) complaints.push(`${mains.length} main parts`);
  return complaints;
}

function nameOf(element) {
  const labelledBy = element.getAttribute("aria-labelledby");
  const label = element.getAttribute("aria-label") ?? (labelledBy && document.getElementById(labelledBy)?.textContent);
  if (label) return label.trim();
  const inside = element.textContent.trim();
  if (inside !== "" && !["INPUT", "SELECT", "TEXTAREA"].includes(element.tagName)) return inside;
  return (element.labels?.[0]?.textContent ?? "").trim();
}

/** Text with a contrast under 4.5 to what lies behind it. */
function contrastComplaints() {
  const complaints = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    const text = walker.currentNode.textContent.trim();
    if (text === "" || parent === null || !isShown(parent) || parent.closest(":disabled, [inert], .visually-hidden"))
      continue;
    const behind = backgroundsOf(parent);
    const color = over(parseColor(getComputedStyle(parent).color), behind[0]);
    const worst = Math.min(...behind.map((background) => contrast(color, background)));
    if (worst < 4.5) complaints.add(`contrast ${worst.toFixed(2)}: ${text.slice(0, 40)}`);
  }
  return [...complaints];
}

/** Every colour that may lie behind an element: the stops of a gradient, or one. */
function backgroundsOf(element) {
  const layers = [];
  for (let place = element; place !== null; place = place.parentElement) {
    const { backgroundColor, backgroundImage } = getComputedStyle(place);
    const stops = [...backgroundImage.matchAll(/(?:rgba?|hsla?|color|okl(?:ab|ch))\([^)]*\)/g)].map(([stop]) =>
      parseColor(stop),
    );
    if (stops.length > 0) return stops;
    const color = parseColor(backgroundColor);
    layers.push(color);
    if (color[3] === 1) break;
  }
  return [layers.reduceRight((behind, layer) => over(layer, behind), [255, 255, 255, 1])];
}

const pixel = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
const parsed = new Map();

/** Any colour that CSS can name, as the browser itself paints it. */
function parseColor(text) {
  if (!parsed.has(text)) {
    pixel.clearRect(0, 0, 1, 1);
    pixel.fillStyle = text;
    pixel.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = pixel.getImageData(0, 0, 1, 1).data;
    parsed.set(text, [red, green, blue, alpha / 255]);
  }
  return parsed.get(text);
}

function over(front, behind) {
  return [0, 1, 2].map((i) => front[i] * front[3] + behind[i] * (1 - front[3])).concat(1);
}

function contrast(a, b) {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

function luminance([red, green, blue]) {
  const linear = (value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

/** Parts that reach beyond the window, so that they cannot be seen or that the page scrolls as a whole. */
function overflowComplaints() {
  const { scrollWidth, scrollHeight, clientWidth, clientHeight } = document.documentElement;
  const complaints = [];
  if (scrollWidth > clientWidth || scrollHeight > clientHeight)
    complaints.push(`page of ${scrollWidth}x${scrollHeight}`);
  for (const element of document.querySelectorAll("button, input, select, h1, h2")) {
    if (
      !isShown(element) ||
      element.closest("[role=toolbar], .visually-hidden, .skip") ||
      element.matches(".visually-hidden, .skip")
    )
      continue;
    const { left, right } = element.getBoundingClientRect();
    if (left < -1 || right > clientWidth + 1) complaints.push(`outside: ${element.outerHTML.slice(0, 100)}`);
  }
  return complaints;
}

/** The focused element: its name, and whether one can see that it has the focus. */
function focusState() {
  const element = document.activeElement;
  const holder = element.closest("label") ?? element;
  const isVisible = [element, holder].some((place) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(place);
    return outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 2;
  });
  // Where one writes, the caret shows it.
  const isWriting =
    element.isContentEditable || element.matches("textarea, input:not([type=range], [type=radio], [type=checkbox])");
  return { name: nameOf(element), tag: element.tagName, isVisible: isVisible || isWriting };
}

globalThis.pageChecks = { nameComplaints, contrastComplaints, overflowComplaints, focusState };
