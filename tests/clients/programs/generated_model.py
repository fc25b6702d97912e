"""What a generated pydantic model makes of events. Usage: generated_model.py EVENTS, from the folder with the ``events.py``
that was generated. The first line is {"order", "fields"}: the type of ``data.order``, and its fields; then one line
{"taken", "kept"} for each line of EVENTS, ``kept`` as the model writes it again.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path.cwd()))

from events import CanonicalOrderEvent, Snapshot
from pydantic import ValidationError

order = Snapshot.model_fields["order"].annotation
print(json.dumps({"order": order.__name__, "fields": sorted(order.model_fields)}))
for line in Path(sys.argv[1]).read_text().split("\n"):
    if not line:
        continue
    try:
        event = CanonicalOrderEvent.model_validate(json.loads(line))
    except ValidationError:
        print(json.dumps({"taken": False, "kept": None}))
    else:
        print(json.dumps({"taken": True, "kept": event.model_dump(mode="json", exclude_unset=True, warnings=False)}))
