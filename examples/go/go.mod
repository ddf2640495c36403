module storekit.example/folderstore

go 1.21
