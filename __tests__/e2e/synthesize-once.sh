# The `app` of another checkout's cdktf.json: runs the compiled application once for each text of that file, environment and
# source of the function, and then copies the result. The same application writes the same bytes into every folder.
kept="../synthesized-$( (cat cdktf.json lambda-src/*.* && echo "$ENVIRONMENT") | cksum | tr ' ' '-')"
if [ ! -d "$kept" ]
then
  CDKTF_OUTDIR="$kept.unfinished" node dist/main.js || exit
  mv "$kept.unfinished" "$kept"
fi
mkdir -p "$CDKTF_OUTDIR" && cp -R "$kept/." "$CDKTF_OUTDIR"
