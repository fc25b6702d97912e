"""What most events have in common, for their compression: names and words of the canonical event, the commonest last.

Bodies that are kept can be read with this very text alone. It never changes: another text is another codec.
"""

from __future__ import annotations

PHRASES = (
    b'"deletion":{"reason":"note":{"text":"invoice":{"number":"issued_at":"notify":true,"restock":false,"whole":true}}'
    b'"refund":{"id":"reason":"lines":[{"item_id":"amount":"cancellation":{"reason":"order.deleted","order.noted",'
    b'"order.invoiced","order.refunded","order.cancelled","extensions":{"traceparent":"00-"test":true,'
    b'"refs":{"order_id":"contact_id":"line_ids":{"marketing_consent":true,"tax_id":"ip_address":"birthday":"19'
    b'"return_address":{"title":"name":"company":"address3":"address4":"pickup_point":{"id":"balance":"card_expiry":"'
    b'"gateway":"card_last4":"transaction_id":"payments":[{"kind":"gift_card","amount":"fees":[{"title":"kind":"fee"'
    b'"tax_lines":[{"title":"VAT","rate":"0.25","amount":"discounts":[{"amount":"code":"title":"allocated":true,'
    b'"notes":[{"text":"author":"created_at":"tracking_url":"https://"cost":"lines":[{"item_id":"quantity":"1"}]'
    b'"exchange_rate":"updated_at":"language":"en","comment":"channel":"web","tags":["stock_id":"virtual_stock_id":"'
    b'"gtin":"variation_code":"variation":{"color":"size":"services":[{"service_id":"service_variant_id":"price":"'
    b'"tax_rate":"0.25","tax_title":"VAT","tax_class":"weight":"0.5","category":"noship","download","future",'
    b"authorized on_hold processing completed refunded approved captured pending rejected voided EUR GBP SEK NOK "
    b'"shipments":[{"tracking_number":"id":"carrier":"method":"shipped_at":"status":"shipped","revision":2,'
    b'{"id":"source":"shop/","type":"order.updated","subject":"time":"2026-","type":"order.created","subject":"'
    b'"time":"2026-01-01T12:00:00Z","data":{"order":{"number":"currency":"USD","placed_at":"2026-01-01T12:00:00Z",'
    b'"items":[{"id":"1","name":"quantity":"1","unit_price":"sku":"product_id":"variant_id":"discount_total":"'
    b'"tax_rate":"0.25","weight":"0.5","delivery_type":"ship","category":"metadata":{"profit":"}},{"id":"2","name":"'
    b'"quantity":"2","unit_price":"10.00","delivery_type":"ship"}],"totals":{"grand":"items":"100.00","shipping":"0",'
    b'"handling":"0","tax":"0","discount":"0","fees":"0","rebates":"0","rounding":"0","tax_included":false},'
    b'"tax_included":true},"status":"pending","status":"paid","customer":{"id":"email":"@example.com","first_name":"'
    b'"last_name":"company":"phone":"+45","group":"billing_address":{"first_name":"last_name":"company":"address1":"'
    b'"address2":"city":"state":"postal_code":"country":"US"},"shipping_address":{"first_name":"last_name":"'
    b'"address1":"address2":"city":"postal_code":"country":"DK","phone":"},"shipping":{"method":"standard","title":"'
    b'"Standard","price":"0"},"payment":{"method":"card","title":"Card","fee":"status":"captured"},"attributes":{"'
    b'"metadata":{"},"revision":1}}}'
)
