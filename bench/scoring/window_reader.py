"""The reader to come, for the benches only: ink, regions, detector, second opinion."""
import numpy as np
from webcam_digits.reading.ink import pyramid, find_ink
from webcam_digits.reading.regions import find_regions
from webcam_digits.reading.canvas import lay_out, detections_in
from webcam_digits.reading.decode import Detections
from webcam_digits.reading.evidence import weigh
from webcam_digits.reading.glyphs import inked, normalise
from webcam_digits.reading.layout import arrange
from scoring.pyramid_reader import _digit
from webcam_digits.types import Reading
LEAST = 0.05
HEIGHTS = (12.0, 50.0)
MOST = 300
class WindowReader:
    def __init__(self, network, threshold=None, most=4_000_000, classify=None):
        self._network=network; self.threshold=network.threshold if threshold is None else threshold; self.most=most; self.classify=classify
    def read(self,image): return self.arranged(self.find(image),image)
    def look(self, image):
        size=image.shape[1],image.shape[0]
        levels=pyramid(image)
        self.ink=find_ink(levels)
        self.regions=find_regions(self.ink,size,int(self.most))
        self.area=sum(w.width*w.height for w in self.regions.windows)
        if not self.regions.windows: return None
        canvas=lay_out(self.regions.windows,levels)
        maps=self._network(canvas.prepared)
        found=Detections.joined([detections_in(w,m,size,heights=HEIGHTS,temperature=self._network.temperature,least=LEAST) for w,m in canvas.parts(maps)])
        return found[np.arange(min(len(found.boxes),MOST))]
    def find(self,image):
        f=self.look(image)
        if f is None: return ()
        ds=(_digit(*p) for p in zip(f.boxes,f.confidences,f.classes,strict=True))
        return tuple(d for d in ds if d.box.within(image.shape[1],image.shape[0]))
    def arranged(self,found,image):
        return Reading(arrange([d for d in found if d.confidence>=self.threshold]),image.shape[1],image.shape[0])
