// The registry in memory of go-containerregistry, which has the referrers API, for `npm run test:registries`.
module referrers

go 1.25.0

require github.com/google/go-containerregistry v0.22.1
