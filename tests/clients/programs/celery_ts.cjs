// Send an order with celery-ts. Usage and output are those of celery_python.py; QUEUE_TYPE cannot be said with it.
const fs = require("fs");
const { createRequire } = require("module");
const celery = createRequire(process.cwd() + "/")("celery-ts");
const [broker, store, , path, ...ways] = process.argv.slice(2);
const say = (way, told) => console.log(JSON.stringify({ way, ...told }));
const QUEUE = { queue: "ordercast.intake" };

function options(way, event) {
  const plain = { args: [event], kwargs: {}, ...QUEUE };
  if (way === "a list") return { ...plain, args: [[event]] };
  if (way === "keyword") return { ...plain, args: [], kwargs: { event } };
  if (way === "keywords left out") return { args: [event], ...QUEUE };
  if (way === "gzip") return { ...plain, compression: "zlib" };
  if (way === "priority 5") return { ...plain, priority: 5 };
  if (way === "expired") return { ...plain, expires: new Date(Date.now() - 60000) };
  if (way === "countdown") return { ...plain, eta: new Date(Date.now() + 2000) };
  return plain;
}

let now = "";
process.on("unhandledRejection", (error) => { say(now, { error: String(error) }); process.exit(1); });
process.on("uncaughtException", (error) => { say(now, { error: String(error) }); process.exit(1); });

(async () => {
  for (const way of ways) {
    now = way;
    const event = JSON.parse(fs.readFileSync(path, "utf8").replaceAll("WAY", way.replaceAll(" ", "-")));
    const client = celery.createClient({ brokerUrl: broker, resultBackend: store });
    try {
      const late = new Promise((_, reject) => setTimeout(() => reject(new Error("TIMEOUT")), 10000).unref());
      const result = client.createTask("ordercast.accept").applyAsync(options(way, event));
      say(way, { receipt: await Promise.race([result.get(), late]) });
    } catch (error) {
      say(way, { error: String(error && error.message || error) });
    }
  }
  process.exit(0);
})();
