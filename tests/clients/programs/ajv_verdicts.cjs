// Ask ajv. Usage: ajv_verdicts.cjs ENTRY WITH_FORMATS SCHEMA EVENTS, from the folder with the packages. The first line is what
// came of compiling, {"error", "said"}; then one line {"taken", "read"} for each line of EVENTS, "read" as JavaScript has it.
const fs = require("fs");
const { createRequire } = require("module");
const installed = createRequire(process.cwd() + "/");
const [entry, withFormats, schemaPath, eventsPath] = process.argv.slice(2);
const tell = (told) => process.stdout.write(JSON.stringify(told) + "\n");
const said = [];
const note = (...words) => said.push(words.join(" "));

const ajv = new (installed(entry).default)({ strict: true, logger: { log: note, warn: note, error: note } });
if (withFormats === "yes") installed("ajv-formats").default(ajv);
let isTaken, error = null;
try {
  isTaken = ajv.compile(JSON.parse(fs.readFileSync(schemaPath, "utf8")));
} catch (thrown) {
  error = thrown.message;
}
tell({ error, said });
for (const line of isTaken ? fs.readFileSync(eventsPath, "utf8").split("\n").filter(Boolean) : []) {
  const read = JSON.parse(line);
  tell({ taken: isTaken(read), read });
}
