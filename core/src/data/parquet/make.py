"""Makes the Parquet files of the tests: what Hugging Face's `datasets` and pandas write."""
import io, os, sys
import numpy as np, pyarrow as pa, pyarrow.parquet as pq
from PIL import Image as Pic
from datasets import Dataset, Features, Image, ClassLabel, Value

def pic(seed, size=(3, 2)):
    r = np.random.default_rng(seed)
    return Pic.fromarray(r.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8))

def png(seed):
    f = io.BytesIO(); pic(seed).save(f, "png"); return f.getvalue()

out = sys.argv[1]
feat = Features({"img": Image(), "fine_label": ClassLabel(names=["apple", "bee", "cat"]), "coarse_label": ClassLabel(names=["food", "animal"])})
d = Dataset.from_dict({"img": [pic(i) for i in range(5)], "fine_label": [0, 1, 2, 1, 0], "coarse_label": [0, 1, 1, 1, 0]}, features=feat)
d.to_parquet(os.path.join(out, "hub.parquet"))
pq.write_table(pa.table({"image": [png(i) for i in range(4)], "label": ["dog", "ant", "dog", "cow"], "id": [7, 8, 9, 10]}), os.path.join(out, "plain.parquet"), row_group_size=2, compression="gzip")
for packed in ["zstd", "lz4", "brotli"]:
    pq.write_table(pa.table({"image": [png(0)], "label": [0]}), os.path.join(out, packed + ".parquet"), compression=packed, data_page_version="2.0")
