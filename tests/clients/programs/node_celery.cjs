// Send an order with node-celery. Usage and output are those of celery_python.py; QUEUE_TYPE cannot be said with it.
const fs = require("fs");
const { createRequire } = require("module");
const celery = createRequire(process.cwd() + "/")("node-celery");
const [broker, store, , path, ...ways] = process.argv.slice(2);
const say = (way, told) => console.log(JSON.stringify({ way, ...told }));

let now = "";
process.on("uncaughtException", (error) => { say(now, { error: String(error) }); process.exit(1); });

function once(way, event) {
  return new Promise((resolve) => {
    const client = celery.createClient({
      CELERY_BROKER_URL: broker, CELERY_RESULT_BACKEND: store, CELERY_DEFAULT_QUEUE: "ordercast.intake",
    });
    const late = setTimeout(() => resolve({ error: "TIMEOUT" }), 10000);
    client.on("error", (error) => resolve({ error: String(error) }));
    client.on("connect", () => {
      const args = way === "a list" ? [[event]] : way === "keyword" ? [] : [event];
      const kwargs = way === "keyword" ? { event } : {};
      const extra = way === "countdown" ? { eta: new Date(Date.now() + 2000) } : {};
      const result = client.createTask("ordercast.accept").call(args, kwargs, extra);
      result.on("ready", (told) => { clearTimeout(late); resolve({ receipt: told.result }); });
    });
  });
}

(async () => {
  for (const way of ways) {
    now = way;
    const event = JSON.parse(fs.readFileSync(path, "utf8").replaceAll("WAY", way.replaceAll(" ", "-")));
    say(way, await once(way, event));
  }
  process.exit(0);
})();
