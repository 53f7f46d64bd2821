# The part of build.sh that makes sense on Windows: test, publish, format. Test volumes are a matter of Linux, so tests that need them skip.
param(
    [Parameter(Position = 0)][ValidateSet('test', 'publish', 'format')][string] $Command,
    [switch] $Check
)
$ErrorActionPreference = 'Stop'
Set-Location $PSScriptRoot
$binary = Join-Path $PSScriptRoot 'artifacts/bin/holotree.exe'

function Invoke-DotNet {
    & dotnet @args
    if ($LASTEXITCODE -ne 0) { throw "dotnet $($args[0]) ended with exit code $LASTEXITCODE" }
}

function Publish-Program {
    $architecture = [System.Runtime.InteropServices.RuntimeInformation]::OSArchitecture.ToString().ToLowerInvariant()
    $rid = if ($env:HOLOTREE_RID) { $env:HOLOTREE_RID } else { "win-$architecture" }
    # Artifacts of its own: the intermediate files of a trimmed and of a plain build do not mix.
    Invoke-DotNet publish src/Holotree.Cli -c Release -r $rid -v q -nologo -p:PublishProfile=precompiled --artifacts-path artifacts/release -o artifacts/release/out
    New-Item -ItemType Directory -Force artifacts/bin | Out-Null
    Move-Item -Force artifacts/release/out/Holotree.Cli.exe $binary
}

function Test-Everything {
    Invoke-DotNet build Holotree.slnx -c Release -v q -nologo
    Publish-Program
    $env:HOLOTREE_BINARY = $binary
    New-Item -ItemType Directory -Force artifacts/test-results | Out-Null
    $passed = 0; $failed = 0; $skipped = 0
    foreach ($project in Get-ChildItem tests/*.Tests/*.Tests.csproj) {
        $name = $project.BaseName
        $report = "artifacts/test-results/$name.xml"
        Remove-Item -Force -ErrorAction Ignore $report
        Write-Host "`n== $name"
        & "artifacts/build/$name/release/$name.exe" -noColor -noLogo -noAutoReporters -xml $report
        $code = $LASTEXITCODE
        if (-not (Test-Path $report)) {
            Write-Host "$name ended with exit code $code and without a report"
            $failed++
            continue
        }
        $assembly = ([xml](Get-Content -Raw $report)).assemblies.assembly
        $wrong = [int]$assembly.failed + [int]$assembly.errors
        if ($wrong -eq 0 -and ($code -ne 0 -or [int]$assembly.total -eq 0)) {
            Write-Host "$name ran no test or ended with exit code $code though no test failed"
            $wrong = 1
        }
        $passed += [int]$assembly.passed; $skipped += [int]$assembly.skipped; $failed += $wrong
    }
    Write-Host "`n$passed passed, $failed failed, $skipped skipped"
    if ($failed -ne 0) { exit 1 }
}

switch ($Command) {
    'test' { Test-Everything }
    'publish' { Publish-Program }
    'format' { if ($Check) { Invoke-DotNet format Holotree.slnx --verify-no-changes } else { Invoke-DotNet format Holotree.slnx } }
    default { Write-Host 'usage: ./build.ps1 test|publish|format [-Check]'; exit 2 }
}
