# Writes what a script computed beside it, with the versions that computed it. Run by the other scripts.
library(jsonlite)
publish <- function(name, result, packages = character()) {
  versions <- sapply(packages, function(p) as.character(packageVersion(p)))
  made <- list(
    command = paste0("Rscript test/statistics/r/", name, ".R && npx biome check --write test/statistics/r"),
    R = paste(R.version$major, R.version$minor, sep = "."),
    packages = as.list(versions)
  )
  writeLines(toJSON(c(list(made = made), result), digits = NA, auto_unbox = TRUE, na = "null", pretty = FALSE),
    paste0("test/statistics/r/", name, ".json"))
}
