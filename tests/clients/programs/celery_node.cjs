// Send an order with celery-node. Usage and output are those of celery_python.py; QUEUE_TYPE cannot be said with it.
const fs = require("fs");
const { createRequire } = require("module");
const celery = createRequire(process.cwd() + "/")("celery-node");
const [broker, store, , path, ...ways] = process.argv.slice(2);
const say = (way, told) => console.log(JSON.stringify({ way, ...told }));

function sent(client, way, event) {
  if (way === "a list") return client.createTask("ordercast.accept").delay([event]);
  if (way === "keyword") return client.createTask("ordercast.accept").applyAsync([], { event });
  if (way === "keywords left out") return client.sendTask("ordercast.accept", [event]);
  return client.createTask("ordercast.accept").delay(event);
}

let now = "";
process.on("unhandledRejection", (error) => { say(now, { error: String(error) }); process.exit(1); });
process.on("uncaughtException", (error) => { say(now, { error: String(error) }); process.exit(1); });

(async () => {
  for (const way of ways) {
    now = way;
    const event = JSON.parse(fs.readFileSync(path, "utf8").replaceAll("WAY", way.replaceAll(" ", "-")));
    const client = celery.createClient(broker, store, "ordercast.intake");
    if (way === "protocol 1") client.conf.TASK_PROTOCOL = 1;
    try {
      say(way, { receipt: await sent(client, way, event).get(10000) });
    } catch (error) {
      say(way, { error: String(error && error.message || error) });
    }
    await client.disconnect();
  }
  process.exit(0);
})();
