// Compiles if the types in ./events, which were generated, also know what is required, and which words there are.
import type { CanonicalOrderEvent, Order } from "./events";
import { created } from "./typed_events";

declare const order: Order;

// @ts-expect-error: no currency
export const unknownWord: Order = { ...order, currency: "EURO" };
// @ts-expect-error: the number and more are left out
export const noNumber: Order = { currency: "EUR" };
// @ts-expect-error: none never means everything
export const nothing: CanonicalOrderEvent = { ...created, type: "order.refunded", data: { refund: {} } };
