/**
 * @file What the page may do, whichever front serves it: nothing but itself. No script that is not a file of ours, no
 * address but our own, no frame around it, no device.
 *
 * Styles may be written into the document only with a nonce that is new with every response; the code editor, which does
 * so, finds it in the element `<meta property="csp-nonce">`, as its `nonce` property.
 */

/** Headers of every response, by lower-case name. */
export const BASE_HEADERS: Readonly<Record<string, string>> = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": [
    "accelerometer",
    "bluetooth",
    "camera",
    "display-capture",
    "geolocation",
    "gyroscope",
    "hid",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "serial",
    "usb",
    "xr-spatial-tracking",
  ]
    .map((feature) => `${feature}=()`)
    .join(", "),
};

/** For whatever is not the page: it may not even show a style. */
export const CLOSED_POLICY = "default-src 'none'; frame-ancestors 'none'";

/** @param styleNonce letters, digits, `-` and `_`; unguessable and new with every response */
export function pagePolicy(styleNonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${styleNonce}'`,
    "img-src 'self' blob: data:",
    "connect-src 'self'",
    "font-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

/** Puts the nonce where the page finds it. The page's `<head>` has no attributes. */
export function withStyleNonce(html: string, styleNonce: string): string {
  return html.replace("<head>", () => `<head><meta property="csp-nonce" nonce="${styleNonce}">`);
}
