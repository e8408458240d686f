from hashbench import BinaryCodes, Method, MethodSpec, hookimpl
class Anchors(Method):
    def fit(self, train):
        self.mean_ = train.mean_pooled().mean(axis=0)
        self.anchors_ = (train.mean_pooled()[: self.bits] - self.mean_).T
        return self
    def encode(self, videos):
        return BinaryCodes.from_hyperplanes(videos.mean_pooled(), self.anchors_, centre=self.mean_)

@hookimpl
def hashbench_register_methods():
    return [MethodSpec("anchors", "video sides", target="minimal_method:Anchors", reference="-")]
