import assert from "node:assert/strict";
import { test } from "node:test";
import { isExternalLink } from "../../../src-main/shell/external-link.ts";
import { isFromPage } from "../../../src-main/shell/page-sender.ts";

test("web pages over https may be opened in the system's browser, and nothing else", () => {
  for (const link of ["https://huggingface.co/x?y=z#w", "https://example.org:8443/", "HTTPS://EXAMPLE.ORG"])
    assert.ok(isExternalLink(link), link);
  const refused = [
    "http://example.org/",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "data:text/html,x",
    "mailto:a@b.c",
    "smb://host/share",
    "\\\\host\\share",
    "ms-msdt:/id",
    "vbscript:x",
    "tachie://app/",
    "https://user:secret@example.org/",
    "https://",
    "https:",
    "//example.org",
    " ",
    "",
    `https://example.org/${"a".repeat(3000)}`,
  ];
  for (const link of refused) assert.ok(!isExternalLink(link), link);
});

test("messages are taken from the page's own main frame only", () => {
  assert.ok(isFromPage({ isMainFrame: true, url: "tachie://app/" }));
  assert.ok(!isFromPage({ isMainFrame: false, url: "tachie://app/" }));
  assert.ok(!isFromPage({ isMainFrame: true, url: undefined }));
  for (const url of ["https://app/", "tachie://app/image/x", "about:blank", "tachie://other/"])
    assert.ok(!isFromPage({ isMainFrame: true, url }), url);
});
