// The graph of the last day: the page has the same figures as a table, for who has no JavaScript or cannot see it.
"use strict";

const COLOURS = { accepted: "#6c7a89", delivered: "#2a9d5c", dead: "#d64541" };
const DELAY = { label: "95 in 100 delivered within (s)", colour: "#8e6bbf" };

function styleOf(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim() || "#888";
}

function seconds(delayMs) {
  return delayMs === null ? null : delayMs / 1000;
}

function draw(place, table) {
  const names = Object.keys(COLOURS);
  const columns = [table.at.map((at) => Date.parse(at) / 1000), ...names.map((name) => table[name]), table.delay_p95_ms.map(seconds)];
  const axis = { stroke: styleOf("--pico-color"), grid: { stroke: styleOf("--pico-muted-border-color") } };
  place.textContent = "";
  new uPlot({
    width: place.clientWidth || 320,
    height: 220,
    scales: { y: { range: (_, low, high) => [0, Math.max(4, high)] }, delay: { range: (_, low, high) => [0, Math.max(1, high || 0)] } },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
    axes: [
      { ...axis, values: (_, at) => at.map((seconds) => new Date(seconds * 1000).toISOString().slice(11, 16)) },
      { ...axis, label: "in a quarter of an hour", labelSize: 20 },
      { stroke: DELAY.colour, grid: { show: false }, scale: "delay", side: 1, label: "seconds", labelSize: 20 },
    ],
    series: [
      { label: "UTC", value: (_, at) => at === null ? "" : new Date(at * 1000).toISOString().slice(0, 16).replace("T", " ") },
      ...names.map((name) => ({ label: name, stroke: COLOURS[name], width: 2 })),
      { label: DELAY.label, stroke: DELAY.colour, width: 2, dash: [6, 4], scale: "delay", points: { show: true, size: 5 }, value: (_, took) => took === null ? "" : took.toFixed(1) },
    ],
  }, columns, place);
}

async function drawAll() {
  for (const place of document.querySelectorAll("[data-activity]")) {
    const answer = await fetch(place.dataset.activity, { headers: { Accept: "application/json" } });
    if (answer.ok) draw(place, await answer.json());
  }
}

document.addEventListener("DOMContentLoaded", drawAll);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
addEventListener("resize", () => { clearTimeout(drawAll.later); drawAll.later = setTimeout(drawAll, 200); });
