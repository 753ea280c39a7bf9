// Numbers modules by their order instead of by a hash of their path, and lets a file's name depend on nothing
// but its content: the same sources then give the same bytes in every folder (`build.py --check`).
module.exports = {
  optimization: { moduleIds: 'natural', chunkIds: 'natural', realContentHash: true }
};
