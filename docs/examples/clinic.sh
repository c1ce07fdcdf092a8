#!/bin/sh
# A folder of photographs into the reading room, what the models say of it as a table, and a report: curl and nothing else.
#     FOVEA=http://127.0.0.1:4280 [TOKEN=fvt_…] sh clinic.sh FOLDER
# Where people log in, TOKEN is one made on the page (your name, "Tokens") with the role reader.
set -eu
api="${FOVEA:-http://127.0.0.1:4280}/api"
folder="$1"
ask() { curl --silent --show-error --fail-with-body ${TOKEN:+--header "Authorization: Bearer $TOKEN"} "$@"; }
field() { sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p" | head -n 1; }

batch=$(ask --json '{"name":"from a script","pattern":"{patient}_{eye}*"}' "$api/batches" | sed 's/,.*//' | field id)
for picture in "$folder"/*; do
  # Sent twice it is there once: whoever is cut off sends it again.
  ask --retry 5 --retry-all-errors --form "file=@$picture" "$api/batches/$batch/files" > /dev/null
done
ask --request POST "$api/batches/$batch/done" > /dev/null

while [ "$(ask "$api/batches/$batch" | field waiting)" != 0 ]; do sleep 1; done
ask "$api/batches/$batch/export?format=csv"

# The most urgent visit of the batch, as a PDF; nobody has signed it, and it says so.
visit=$(ask "$api/worklist?batch=$batch&limit=1" | sed 's/.*"visits":\[{//; s/,.*//' | field id)
report=$(ask --json '{"language":"en","format":"pdf"}' "$api/visits/$visit/reports" | sed 's/,.*//' | field id)
ask --output report.pdf "$api/reports/$report/file"
echo "report.pdf" >&2
