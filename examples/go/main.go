// Judges FolderStore:
//
//	go build -o serve . && deno run -A jsr:@storekit/object-store/conformance/cli --command ./serve

package main

func main() {
	Serve(Hello{
		Store:        "FolderStore in Go",
		Powers:       []string{"abort", "list", "read", "write", "delete"},
		Capabilities: []string{"flat", "reopen", "process", "streaming"},
	}, func(place Place) (Store, error) {
		return NewFolderStore(place.Directory, place.Prefix), nil
	})
}
