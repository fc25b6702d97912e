// Compiles if the types in ./events, which were generated, have the order and its fields, and hold the envelope.
import type { CanonicalOrderEvent, Order } from "./events";

const order: Order = {
  number: "1001",
  currency: "EUR",
  placed_at: "2026-11-21T09:00:00Z",
  items: [{ id: "1", name: "Mug", quantity: "2", unit_price: "10.00" }],
  totals: { grand: "20.00" },
};
const envelope = { specversion: "1.0", id: "e-1", source: "shop/test", subject: "1001", time: "2026-11-21T09:30:00Z" } as const;

export const created: CanonicalOrderEvent = { ...envelope, type: "order.created", tenant: "a", data: { order } };
export const refunded: CanonicalOrderEvent[] = [
  { ...envelope, type: "order.refunded", data: { refund: { amount: "5" } } },
  { ...envelope, type: "order.refunded", data: { refund: { lines: [{ item_id: "1", quantity: "1" }] } } },
];

// @ts-expect-error: an order has no size of a shoe
export const unknownField: Order = { ...order, shoe_size: "42" };
// @ts-expect-error: an item is an object with fields of its own
export const noItem: Order = { ...order, items: [{ shoe_size: "42" }] };
// @ts-expect-error: an event has data
export const noContent: CanonicalOrderEvent = { ...envelope, type: "order.created" };
