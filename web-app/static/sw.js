// Keeps the page for the next visit, also without a network. All names but the page's own carry their content's hash, so what is
// kept is never out of date; the page itself is asked for first and taken from here when nobody answers. A new version waits until
// no tab of the old one is open: what an open tab still asks for stays where it was.
const VERSION = "{{version}}";
const FILES = JSON.parse('{{list}}');

addEventListener("install", (event) => {
  event.waitUntil(caches.open(VERSION).then((cache) => cache.addAll(["./", ...FILES])));
});

addEventListener("activate", (event) => {
  const old = (name) => name.startsWith("stitchscope-page-") && name !== VERSION;
  event.waitUntil(
    caches.keys().then((names) => Promise.all(names.filter(old).map((name) => caches.delete(name)))).then(() => clients.claim()),
  );
});

addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== location.origin) return;
  const kept = () => caches.open(VERSION).then((cache) => cache.match(event.request, { ignoreSearch: true }));
  const isPage = event.request.mode === "navigate";
  const network = () => fetch(event.request);
  event.respondWith(
    isPage
      ? network().catch(() => caches.open(VERSION).then((cache) => cache.match("./")))
      : kept().then((found) => found ?? network()),
  );
});
